import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { itemsOf } from "@/api/pages";
import { Card, CardHeader } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { useDeps } from "@/deps";
import { ConversationRow } from "@/features/conversations/conversation-row";
import { conversationsQuery } from "@/features/conversations/queries";

const shown = 5;

export function RecentConversations() {
  const { data } = useSuspenseInfiniteQuery(conversationsQuery(useDeps(), {}));
  const recent = itemsOf(data).slice(0, shown);
  const all = (
    <Link
      to="/conversations"
      className="font-medium text-accent-text underline-offset-4 hover:underline"
    >
      See all
    </Link>
  );
  return (
    <Card>
      <CardHeader title="Latest conversations" action={recent.length > 0 && all} />
      {recent.length === 0 ? (
        <Empty icon={MessagesSquare} title="No conversations yet">
          They appear here as soon as a visitor writes.
        </Empty>
      ) : (
        <ul className="mt-3 border-t">
          {recent.map((conversation) => (
            <li key={conversation.id} className="border-b last:border-b-0">
              <ConversationRow conversation={conversation} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
