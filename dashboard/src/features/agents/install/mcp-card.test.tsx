// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { EditorProvider, useAgentEditor } from "@/features/agents/editor/use-editor";
import { McpCard } from "@/features/agents/install/mcp-card";
import { renderPage } from "@/test/render";
import { sampleAgent, sampleIdentity } from "@/test/samples";
import { serve } from "@/test/server";

function Page() {
  return (
    <EditorProvider value={useAgentEditor("agent-1")}>
      <McpCard />
    </EditorProvider>
  );
}

it("shows where programs find the agent", async () => {
  const platform = { simulated: false, publicUrl: "https://parley.example/" };
  const { deps } = await serve({
    "GET /v1/me": () => sampleIdentity({ platform }),
    "GET /v1/agents/agent-1": () => sampleAgent({ name: "Søren's desk!" }),
  });
  renderPage(deps, <Page />);
  await screen.findByText(/mcpServers/);
  const text = document.querySelector("code")?.textContent ?? document.body.textContent ?? "";
  expect(text).toContain('"s-ren-s-desk"');
  expect(text).toContain("https://parley.example/v1/agents/agent-1/mcp");
});
