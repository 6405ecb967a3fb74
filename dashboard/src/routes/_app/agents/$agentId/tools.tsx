import { createFileRoute } from "@tanstack/react-router";
import { builtInToolsQuery } from "@/features/agents/tools/queries";
import { Tools } from "@/features/agents/tools/tools";
import { McpServers } from "@/features/mcp/mcp-servers";

export const Route = createFileRoute("/_app/agents/$agentId/tools")({
  loader: ({ context: { deps } }) => deps.queries.ensureQueryData(builtInToolsQuery(deps)),
  component: ToolsTab,
});

function ToolsTab() {
  return (
    <div className="flex flex-col gap-6">
      <Tools />
      <McpServers />
    </div>
  );
}
