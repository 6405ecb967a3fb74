import { useInfiniteQuery } from "@tanstack/react-query";
import { MessagesSquare, SearchX } from "lucide-react";
import { itemsOf } from "@/api/pages";
import { MoreButton } from "@/components/more-button";
import { ProblemAlert } from "@/components/problem";
import { Empty } from "@/components/ui/empty";
import { Loading, Skeleton } from "@/components/ui/skeleton";
import { useDeps } from "@/deps";
import { ConversationRow } from "@/features/conversations/conversation-row";
import { type ConversationFilter, conversationsQuery } from "@/features/conversations/queries";

const watchEvery = 10_000; // ms

/** The conversations that the filter lets through, latest activity first. */
export function ConversationList({ filter }: { filter: ConversationFilter }) {
  const query = useInfiniteQuery({
    ...conversationsQuery(useDeps(), filter),
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
  const conversations = itemsOf(query.data);
  if (conversations.length === 0) return <NoConversations filter={filter} />;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <ul className="border-t">
        {conversations.map((conversation) => (
          <li key={conversation.id} className="border-b">
            <ConversationRow conversation={conversation} />
          </li>
        ))}
      </ul>
      <MoreButton query={query} />
    </div>
  );
}

function ListPending() {
  return (
    <Loading label="Loading conversations">
      <div className="flex flex-col gap-5 p-5">
        {["a", "b", "c", "d", "e"].map((row) => (
          <div key={row} className="flex flex-col gap-2">
            <Skeleton className="h-4 w-3/5" />
            <Skeleton className="h-3.5 w-full" />
          </div>
        ))}
      </div>
    </Loading>
  );
}

function NoConversations({ filter }: { filter: ConversationFilter }) {
  if (filter.waiting) {
    return (
      <Empty icon={MessagesSquare} title="Nobody waits">
        Visitors who ask for a person appear here, until somebody has written to them.
      </Empty>
    );
  }
  if (filter.query || filter.agentId) {
    return (
      <Empty icon={SearchX} title="Nothing found">
        No conversation fits. Try other words, or all agents.
      </Empty>
    );
  }
  return (
    <Empty icon={MessagesSquare} title="No conversations yet">
      They appear here as soon as a visitor writes, and you can read along while the answer is
      written.
    </Empty>
  );
}
