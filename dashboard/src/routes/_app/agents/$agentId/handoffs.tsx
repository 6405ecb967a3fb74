import { createFileRoute } from "@tanstack/react-router";
import { AgentHandoffs } from "@/features/agents/handoffs/agent-handoffs";
import { PeopleHandoff } from "@/features/agents/handoffs/people-handoff";
import { agentsQuery } from "@/features/agents/queries";

export const Route = createFileRoute("/_app/agents/$agentId/handoffs")({
  loader: ({ context: { deps } }) => deps.queries.ensureInfiniteQueryData(agentsQuery(deps)),
  component: HandoffsTab,
});

function HandoffsTab() {
  return (
    <div className="flex flex-col gap-6">
      <PeopleHandoff />
      <AgentHandoffs />
    </div>
  );
}
