import { createFileRoute } from "@tanstack/react-router";
import { EditorLayout } from "@/features/agents/editor/editor-layout";
import { agentQuery } from "@/features/agents/queries";

export const Route = createFileRoute("/_app/agents/$agentId")({
  loader: ({ context: { deps }, params }) =>
    deps.queries.ensureQueryData(agentQuery(deps, params.agentId)),
  head: ({ loaderData }) => ({ meta: [{ title: `${loaderData?.name ?? "Agent"} · Parley` }] }),
  component: AgentPage,
});

function AgentPage() {
  const { agentId } = Route.useParams();
  return <EditorLayout key={agentId} agentId={agentId} />;
}
