import { createFileRoute } from "@tanstack/react-router";
import { ConversationView } from "@/features/conversations/conversation-view";
import { titleOf } from "@/features/conversations/names";
import { conversationQuery, messagesQuery, turnsQuery } from "@/features/conversations/queries";

export const Route = createFileRoute("/_app/conversations/$conversationId")({
  loader: async ({ context: { deps }, params: { conversationId: id } }) => {
    const [conversation] = await Promise.all([
      deps.queries.ensureQueryData(conversationQuery(deps, id)),
      deps.queries.ensureInfiniteQueryData(messagesQuery(deps, id)),
      deps.queries.ensureInfiniteQueryData(turnsQuery(deps, id)),
    ]);
    return { title: titleOf(conversation) };
  },
  head: ({ loaderData }) => ({
    meta: [{ title: `${loaderData?.title ?? "Conversation"} · Parley` }],
  }),
  component: ConversationPage,
});

function ConversationPage() {
  const { conversationId } = Route.useParams();
  return <ConversationView key={conversationId} id={conversationId} />;
}
