import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { meQuery } from "@/features/session/queries";

/** Where programs and other assistants find the agent. */
export function McpCard() {
  const { agent } = useEditor();
  const { data: me } = useSuspenseQuery(meQuery(useDeps()));
  const url = `${me.platform.publicUrl.replace(/\/+$/, "")}/v1/agents/${agent.id}/mcp`;
  const server = { type: "http", url, headers: { Authorization: "Bearer sk_…" } };
  const code = JSON.stringify({ mcpServers: { [slug(agent.name)]: server } }, null, 2);
  return (
    <Card>
      <CardHeader
        title="For programs and other assistants"
        description="The published agent is an MCP server: whoever has a secret key of yours can ask it."
      />
      <CardBody>
        <CodeBlock label="client's settings" code={code} />
        <p className="text-muted">
          Put a{" "}
          <Link to="/keys" className="font-medium text-accent-text underline underline-offset-4">
            secret key
          </Link>{" "}
          with the scope chat in its place. Never put one into a page.
        </p>
      </CardBody>
    </Card>
  );
}

function slug(name: string): string {
  const words = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return words.replace(/^-+|-+$/g, "") || "agent";
}
