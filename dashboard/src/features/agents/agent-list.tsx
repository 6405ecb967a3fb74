import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import type { Agent } from "@/api/types";
import { Card } from "@/components/ui/card";
import { AgentStatus } from "@/features/agents/agent-status";
import { AgentTile } from "@/features/agents/agent-tile";
import { formatAgo, formatTime } from "@/lib/format";

export function AgentList({ agents }: { agents: Agent[] }) {
  return (
    <Card>
      <ul>
        {agents.map((agent) => (
          <li key={agent.id} className="border-b last:border-b-0">
            <AgentRow agent={agent} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function AgentRow({ agent }: { agent: Agent }) {
  return (
    <Link
      to="/agents/$agentId"
      params={{ agentId: agent.id }}
      className="flex items-center gap-4 px-5 py-4 transition-colors hover:bg-sunken"
    >
      <AgentTile agent={agent} />
      <span className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="truncate font-medium">{agent.name}</span>
        <span className="truncate text-[0.8125rem] text-muted">{whereSeen(agent)}</span>
        <span className="pt-1 sm:hidden">
          <AgentStatus agent={agent} />
        </span>
      </span>
      <span className="hidden shrink-0 sm:block">
        <AgentStatus agent={agent} />
      </span>
      <time
        dateTime={agent.updatedAt}
        title={formatTime(agent.updatedAt)}
        className="hidden w-36 shrink-0 text-end text-faint text-xs lg:block"
      >
        Edited {formatAgo(agent.updatedAt)}
      </time>
      <ChevronRight className="size-4 shrink-0 text-faint rtl:rotate-180" aria-hidden />
    </Link>
  );
}

function whereSeen(agent: Agent): string {
  if (!agent.snippetSeenAt) return "Not seen on a page yet";
  const page = agent.snippetSeenPage || agent.snippetSeenOrigin;
  const where = page ? ` on ${shortAddress(page)}` : "";
  return `Seen${where} ${formatAgo(agent.snippetSeenAt)}`;
}

function shortAddress(address: string): string {
  const { host, pathname } = new URL(address);
  return host + (pathname === "/" ? "" : pathname);
}
