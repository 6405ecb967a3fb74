import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, ExternalLink } from "lucide-react";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { AllowedOrigins } from "@/features/agents/install/allowed-origins";
import { McpCard } from "@/features/agents/install/mcp-card";
import { SnippetCard } from "@/features/agents/install/snippet-card";
import { agentQuery } from "@/features/agents/queries";
import { formatAgo } from "@/lib/format";

const watchEvery = 5_000; // ms

/** How the agent gets onto a page: who may show it, the tag to paste, and whether it was seen. */
export function Install() {
  return (
    <>
      <AllowedOrigins />
      <SnippetCard />
      <Seen />
      <McpCard />
    </>
  );
}

function Seen() {
  const { agent } = useEditor();
  useQuery({
    ...agentQuery(useDeps(), agent.id),
    refetchInterval: agent.snippetSeenAt ? false : watchEvery,
  });
  if (!agent.snippetSeenAt) {
    return (
      <p className="flex items-center gap-2 px-1 text-muted">
        <CircleDashed className="size-4 shrink-0" aria-hidden />
        Not seen on a page yet. This changes when a page of yours opens the widget.
      </p>
    );
  }
  return (
    <p className="flex flex-wrap items-center gap-2 px-1 text-muted">
      <CircleCheck className="size-4 shrink-0 text-success-text" aria-hidden />
      Last seen {formatAgo(agent.snippetSeenAt)}
      {agent.snippetSeenOrigin && (
        <a
          href={agent.snippetSeenOrigin}
          target="_blank"
          rel="noreferrer"
          className="inline-flex items-center gap-1 font-medium text-accent-text underline underline-offset-4"
        >
          on {agent.snippetSeenOrigin}
          <ExternalLink className="size-3.5" aria-hidden />
        </a>
      )}
    </p>
  );
}
