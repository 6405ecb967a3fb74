import { createFileRoute } from "@tanstack/react-router";
import { builtInToolsQuery } from "@/features/agents/tools/queries";
import { Tools } from "@/features/agents/tools/tools";

export const Route = createFileRoute("/_app/agents/$agentId/tools")({
  loader: ({ context: { deps } }) => deps.queries.ensureQueryData(builtInToolsQuery(deps)),
  component: Tools,
});
