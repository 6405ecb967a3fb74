import { createFileRoute } from "@tanstack/react-router";
import { Versions } from "@/features/agents/editor/versions";
import { versionsQuery } from "@/features/agents/queries";

export const Route = createFileRoute("/_app/agents/$agentId/versions")({
  loader: ({ context: { deps }, params }) =>
    deps.queries.ensureInfiniteQueryData(versionsQuery(deps, params.agentId)),
  component: Versions,
});
