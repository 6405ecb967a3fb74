import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { useDeps } from "@/deps";
import { TimeoutField } from "@/features/agents/tools/request-fields";
import type { FieldsProps } from "@/features/agents/tools/tool-dialog";
import { described, originOf } from "@/features/mcp/offers";
import { mcpServersQuery } from "@/features/mcp/queries";

/** Where a tool of an MCP server comes from, and what has changed there since. */
export function McpFields({ form, change, problem }: FieldsProps) {
  const { data } = useQuery(mcpServersQuery(useDeps()));
  const inputSchema = JSON.parse(form.inputSchema);
  const { server, offer, changed } = originOf({ ...form, inputSchema }, data?.items ?? []);
  return (
    <div className="flex flex-col gap-5">
      <h3 className="border-t pt-5 font-semibold">MCP server</h3>
      <p className="text-muted wrap-anywhere">
        {data && !server && "The server has been removed: calls of this tool fail."}
        {server && !offer && `${server.name} has no tool ${form.mcp?.name} any more.`}
        {server && offer && (
          <>
            <span className="font-medium text-ink">{server.name}</span> calls it{" "}
            <code>{offer.name}</code>.
          </>
        )}
      </p>
      {problem("mcp.serverId") && (
        <p role="alert" className="font-medium text-[0.8125rem] text-danger-text">
          {problem("mcp.serverId")}
        </p>
      )}
      {offer && changed && (
        <div className="flex flex-col items-start gap-3 rounded-card bg-warn-soft p-4 text-warn-text">
          <p>
            The server describes it differently by now. The agent goes on with what you see here,
            until you take the new description over.
          </p>
          <Button
            size="sm"
            onClick={() => {
              const fresh = described(offer);
              change({
                description: fresh.description ?? "",
                inputSchema: JSON.stringify(fresh.inputSchema, null, 2),
              });
            }}
          >
            Take it over
          </Button>
        </div>
      )}
      <details className="rounded-card border">
        <summary className="rounded-card px-4 py-3 font-medium">Arguments</summary>
        <div className="border-t p-4">
          <CodeBlock label="the arguments' schema" code={form.inputSchema} />
        </div>
      </details>
      <div className="grid gap-5 sm:grid-cols-2">
        <TimeoutField form={form} change={change} problem={problem} />
      </div>
    </div>
  );
}
