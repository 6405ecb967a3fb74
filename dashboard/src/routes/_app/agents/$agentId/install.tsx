import { createFileRoute } from "@tanstack/react-router";
import { Install } from "@/features/agents/install/install";
import { keysQuery } from "@/features/keys/queries";
import { meQuery } from "@/features/session/queries";

export const Route = createFileRoute("/_app/agents/$agentId/install")({
  loader: async ({ context: { deps } }) => {
    const me = await deps.queries.ensureQueryData(meQuery(deps));
    if (me.permissions.includes("keys:read")) {
      await deps.queries.ensureInfiniteQueryData(keysQuery(deps));
    }
  },
  component: Install,
});
