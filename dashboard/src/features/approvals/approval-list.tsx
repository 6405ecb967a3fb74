import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SearchX, ShieldCheck } from "lucide-react";
import { itemsOf } from "@/api/pages";
import type { Approval } from "@/api/types";
import { MoreButton } from "@/components/more-button";
import { ProblemAlert } from "@/components/problem";
import { Badge } from "@/components/ui/badge";
import { Empty } from "@/components/ui/empty";
import { Loading, Skeleton } from "@/components/ui/skeleton";
import { useDeps } from "@/deps";
import { type ApprovalFilter, approvalsQuery } from "@/features/approvals/queries";
import { inALine, stateOf } from "@/features/approvals/words";
import { formatAgo, formatTime } from "@/lib/format";

const watchEvery = 5_000; // ms

/** What staff is asked, newest first. */
export function ApprovalList({ filter }: { filter: ApprovalFilter }) {
  const query = useInfiniteQuery({
    ...approvalsQuery(useDeps(), filter),
    refetchInterval: watchEvery,
  });
  if (query.isPending) return <ListPending />;
  if (query.isError && !query.data) {
    return (
      <div className="p-3">
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      </div>
    );
  }
  const approvals = itemsOf(query.data);
  if (approvals.length === 0) return <NoApprovals filter={filter} />;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <ul className="border-t">
        {approvals.map((approval) => (
          <li key={approval.id} className="border-b">
            <ApprovalRow approval={approval} />
          </li>
        ))}
      </ul>
      <MoreButton query={query} />
    </div>
  );
}

function ApprovalRow({ approval }: { approval: Approval }) {
  const { id, title, agentName, createdAt, quorum, visitor } = approval;
  const state = stateOf(approval);
  return (
    <Link
      to="/approvals/$approvalId"
      params={{ approvalId: id }}
      search={(before) => before}
      className="flex flex-col gap-1 border-s-2 border-transparent px-5 py-3 transition-colors hover:bg-sunken aria-[current=page]:border-accent aria-[current=page]:bg-accent-soft/60"
    >
      <span className="flex items-baseline justify-between gap-3">
        <span className="truncate font-medium">{title}</span>
        <time
          dateTime={createdAt}
          title={formatTime(createdAt)}
          className="shrink-0 text-faint text-xs"
        >
          {formatAgo(createdAt)}
        </time>
      </span>
      <span className="truncate text-muted">{inALine(approval.arguments) || "No arguments"}</span>
      <span className="flex items-center gap-2 text-faint text-xs">
        <Badge tone={state.tone}>{state.label}</Badge>
        <span className="truncate">
          {[visitor?.name || visitor?.externalId, agentName, quorum > 1 && `${quorum} people`]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </span>
    </Link>
  );
}

function ListPending() {
  return (
    <Loading label="Loading approvals">
      <div className="flex flex-col gap-5 p-5">
        {["a", "b", "c", "d"].map((row) => (
          <div key={row} className="flex flex-col gap-2">
            <Skeleton className="h-4 w-3/5" />
            <Skeleton className="h-3.5 w-full" />
          </div>
        ))}
      </div>
    </Loading>
  );
}

function NoApprovals({ filter }: { filter: ApprovalFilter }) {
  if (filter.state !== "open" || filter.agentId) {
    return (
      <Empty icon={SearchX} title="Nothing found">
        No question fits. Try another state, or all agents.
      </Empty>
    );
  }
  return (
    <Empty icon={ShieldCheck} title="Nothing waits for you">
      When an agent wants to do something that your team decides about, it appears here, and by
      letter.
    </Empty>
  );
}
