import { createFileRoute, Outlet, useMatchRoute, useNavigate } from "@tanstack/react-router";
import { agentsQuery } from "@/features/agents/queries";
import { ApprovalFilters, states } from "@/features/approvals/approval-filters";
import { ApprovalList } from "@/features/approvals/approval-list";
import { NotifyMe } from "@/features/approvals/notify-me";
import type { ApprovalFilter } from "@/features/approvals/queries";
import { cn } from "@/lib/cn";

/** What the address says; without a word, what waits. */
interface ApprovalSearch {
  state?: string;
  agentId?: string;
}

const everything = "all";

export const Route = createFileRoute("/_app/approvals")({
  validateSearch: ({ state, agentId }): ApprovalSearch => ({
    state: typeof state === "string" && state ? state : undefined,
    agentId: typeof agentId === "string" && agentId ? agentId : undefined,
  }),
  loader: ({ context: { deps } }) => deps.queries.ensureInfiniteQueryData(agentsQuery(deps)),
  head: () => ({ meta: [{ title: "Approvals · Parley" }] }),
  component: Approvals,
});

function filterOf({ state = "open", agentId }: ApprovalSearch): ApprovalFilter {
  return { state: states.find(({ value }) => value === state)?.value, agentId };
}

function searchOf({ state, agentId }: ApprovalFilter): ApprovalSearch {
  return { state: state === "open" ? undefined : (state ?? everything), agentId };
}

/** The list beside a question; on phones one of the two. */
function Approvals() {
  const filter = filterOf(Route.useSearch());
  const navigate = useNavigate();
  const reading = Boolean(useMatchRoute()({ to: "/approvals/$approvalId" }));
  const Heading = reading ? "h2" : "h1"; // a question brings its own h1
  return (
    <div className="flex h-[calc(100dvh-3.5rem)] min-h-0 lg:h-dvh">
      <div
        className={cn(
          "flex min-h-0 w-full flex-col lg:w-[22rem] lg:shrink-0 lg:border-e",
          reading && "hidden lg:flex",
        )}
      >
        <div className="flex min-h-8 items-center justify-between gap-3 px-5 pt-5">
          <Heading className="font-semibold text-xl tracking-tight">Approvals</Heading>
          <NotifyMe />
        </div>
        <ApprovalFilters
          filter={filter}
          onChange={(chosen) => void navigate({ to: ".", search: searchOf(chosen), replace: true })}
        />
        <ApprovalList filter={filter} />
      </div>
      <div className={cn("min-w-0 flex-1", reading ? "flex" : "hidden lg:flex")}>
        <Outlet />
      </div>
    </div>
  );
}
