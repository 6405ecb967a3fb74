// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Agent } from "@/api/types";
import { EditorProvider, useAgentEditor } from "@/features/agents/editor/use-editor";
import { Guardrails } from "@/features/agents/guardrails/guardrails";
import { renderPage } from "@/test/render";
import { sampleAgent, sampleIdentity } from "@/test/samples";
import { serve } from "@/test/server";

function Editor() {
  return (
    <EditorProvider value={useAgentEditor("agent-1")}>
      <Guardrails />
    </EditorProvider>
  );
}

async function setUp(identity = sampleIdentity()) {
  let stored = sampleAgent();
  const server = await serve({
    "GET /v1/me": () => identity,
    "GET /v1/agents/agent-1": () => stored,
    "PATCH /v1/agents/agent-1": ({ body }) => {
      stored = { ...stored, ...(body as Agent), revision: stored.revision + 1 };
      return stored;
    },
  });
  const user = renderPage(server.deps, <Editor />);
  await screen.findByText("Moderation");
  return { user, guardrails: () => stored.draft.guardrails };
}

it("saves what is turned on", async () => {
  const { user, guardrails } = await setUp();
  await user.click(screen.getByLabelText("Check what visitors write"));
  await user.click(screen.getByLabelText("Payment cards"));
  await user.click(screen.getByLabelText("Email addresses"));
  await user.click(screen.getByLabelText("In answers as well"));
  await user.click(screen.getByLabelText("Answer unchecked"));
  await waitFor(() => expect(guardrails().whenDown).toBe("allow"), { timeout: 5000 });
  expect(guardrails().moderation).toMatchObject({ input: true, output: false });
  expect(guardrails().redact).toEqual({ kinds: ["email", "card"], answers: true });
});

it("saves a topic once it can be one", async () => {
  const { user, guardrails } = await setUp();
  await user.click(screen.getByRole("button", { name: "Add a topic" }));
  const topic = within(screen.getByRole("group", { name: "Topic 1" }));
  await user.type(topic.getByLabelText("Topic"), "Tax");
  expect(await topic.findByText(/^Write phrases/)).toBeTruthy();
  await user.type(topic.getByLabelText("Phrases"), "tax return*{Enter}Steuer");
  await waitFor(
    () =>
      expect(guardrails().blockedTopics).toEqual([
        { name: "Tax", phrases: ["tax return*", "Steuer"] },
      ]),
    { timeout: 5000 },
  );
  await user.click(screen.getByRole("button", { name: "Remove topic 1" }));
  await waitFor(() => expect(guardrails().blockedTopics).toEqual([]), { timeout: 5000 });
});

it("changes nothing for those who may only look", async () => {
  await setUp(sampleIdentity({ permissions: ["agents:read"] }));
  expect(screen.getByLabelText("Check what visitors write")).toHaveProperty("disabled", true);
  expect(screen.getByRole("button", { name: "Add a topic" })).toHaveProperty("disabled", true);
});
