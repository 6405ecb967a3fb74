import { createFileRoute } from "@tanstack/react-router";
import { PlaygroundTab } from "@/features/playground/playground";
import { playgroundsQuery } from "@/features/playground/queries";
import { meQuery } from "@/features/session/queries";

export const Route = createFileRoute("/_app/agents/$agentId/playground")({
  loader: async ({ context: { deps }, params }) => {
    const me = await deps.queries.ensureQueryData(meQuery(deps));
    if (me.permissions.includes("agents:write")) {
      await deps.queries.ensureInfiniteQueryData(playgroundsQuery(deps, params.agentId));
    }
  },
  component: PlaygroundTab,
});
