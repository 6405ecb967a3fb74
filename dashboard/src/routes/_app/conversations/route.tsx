import { createFileRoute, Outlet, useMatchRoute, useNavigate } from "@tanstack/react-router";
import { agentsQuery } from "@/features/agents/queries";
import { ConversationFilters } from "@/features/conversations/conversation-filters";
import { ConversationList } from "@/features/conversations/conversation-list";
import type { ConversationFilter } from "@/features/conversations/queries";
import { cn } from "@/lib/cn";

export const Route = createFileRoute("/_app/conversations")({
  validateSearch: ({ query, agentId, waiting }): ConversationFilter => ({
    query: typeof query === "string" && query ? query : undefined,
    agentId: typeof agentId === "string" && agentId ? agentId : undefined,
    waiting: waiting === true || undefined,
  }),
  loader: ({ context: { deps } }) => deps.queries.ensureInfiniteQueryData(agentsQuery(deps)),
  head: () => ({ meta: [{ title: "Conversations · Parley" }] }),
  component: Conversations,
});

/** The list beside the transcript; on phones one of the two. */
function Conversations() {
  const filter = Route.useSearch();
  const navigate = useNavigate(); // from the address of the moment: an open transcript stays
  const matches = useMatchRoute();
  const reading = Boolean(matches({ to: "/conversations/$conversationId" }));
  const Heading = reading ? "h2" : "h1"; // a transcript brings its own h1
  return (
    <div className="flex h-[calc(100dvh-3.5rem)] min-h-0 lg:h-dvh">
      <div
        className={cn(
          "flex min-h-0 w-full flex-col lg:w-[22rem] lg:shrink-0 lg:border-e",
          reading && "hidden lg:flex",
        )}
      >
        <Heading className="px-5 pt-5 font-semibold text-xl tracking-tight">Conversations</Heading>
        <ConversationFilters
          filter={filter}
          onChange={(search) => void navigate({ to: ".", search, replace: true })}
        />
        <ConversationList filter={filter} />
      </div>
      <div className={cn("min-w-0 flex-1", reading ? "flex" : "hidden lg:flex")}>
        <Outlet />
      </div>
    </div>
  );
}
