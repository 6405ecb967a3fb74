// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Agent } from "@/api/types";
import { Behaviour } from "@/features/agents/editor/behaviour";
import { DraftNotices } from "@/features/agents/editor/draft-notices";
import { SaveIndicator } from "@/features/agents/editor/save-indicator";
import { EditorProvider, useAgentEditor } from "@/features/agents/editor/use-editor";
import { renderPage } from "@/test/render";
import { sampleAgent, sampleConfig, sampleIdentity } from "@/test/samples";
import { problem, serve } from "@/test/server";

interface Change {
  revision: number;
  draft: Agent["draft"];
}

function Editor() {
  return (
    <EditorProvider value={useAgentEditor("agent-1")}>
      <SaveIndicator />
      <DraftNotices />
      <Behaviour />
    </EditorProvider>
  );
}

/** An API with one agent, which refuses changes over an old revision as the real one does. */
async function setUp(identity = sampleIdentity()) {
  let stored = sampleAgent();
  const server = await serve({
    "GET /v1/me": () => identity,
    "GET /v1/agents/agent-1": () => stored,
    "PATCH /v1/agents/agent-1": ({ body }, response) => {
      const change = body as Change;
      if (change.revision !== stored.revision) return problem(response, 409, "Stale.");
      stored = { ...stored, ...change, revision: stored.revision + 1 };
      return stored;
    },
  });
  const user = renderPage(server.deps, <Editor />);
  await screen.findByLabelText("Greeting");
  return {
    user,
    stored: () => stored,
    changes: () => server.requests.filter(({ method }) => method === "PATCH"),
    /** Somebody else saves a change. */
    interfere: (greeting: string) => {
      const draft = sampleConfig({ greeting });
      stored = { ...stored, draft, revision: stored.revision + 1 };
    },
  };
}

const greeting = () => screen.getByLabelText<HTMLTextAreaElement>("Greeting");

it("saves a change by itself, once", async () => {
  const { user, stored, changes } = await setUp();
  await user.type(greeting(), " there");
  expect(screen.getByText("Saving…")).toBeTruthy();
  await waitFor(() => expect(stored().draft.greeting).toBe("Hello there"));
  expect(await screen.findByText("Draft saved")).toBeTruthy();
  expect(changes()).toHaveLength(1);
});

it("saves the order of the starter prompts", async () => {
  const { user, stored } = await setUp();
  await user.click(screen.getByRole("button", { name: "Move prompt 2 up" }));
  const order = ["Two?", "One?"];
  await waitFor(() => expect(stored().draft.starterPrompts).toEqual(order));
});

it("saves what is to become of an interrupted answer", async () => {
  const { user, stored } = await setUp();
  await user.click(screen.getByRole("radio", { name: "Start the answer again" }));
  await waitFor(() => expect(stored().draft.recovery).toBe("regenerate"));
});

it("saves a schema of the answers once it is one", async () => {
  const { user, stored, changes } = await setUp();
  await user.click(screen.getByRole("radio", { name: "Your own schema" }));
  const schema = await screen.findByLabelText("JSON Schema");
  await user.click(schema);
  await user.paste('{"type":"array"}');
  expect(await screen.findByText(/the schema needs "type": "object"/)).toBeTruthy();
  expect(changes()).toHaveLength(0);
  await user.clear(schema);
  await user.click(screen.getByRole("button", { name: "Begin with an example" }));
  await waitFor(() => expect(stored().draft.output.kind).toBe("schema"));
  expect(stored().draft.output.schema).toMatchObject({ required: ["response", "topic"] });
});

it("keeps ours over theirs when that is chosen", async () => {
  const { user, stored, interfere } = await setUp();
  interfere("Theirs");
  await user.type(greeting(), " from us");
  await user.click(await screen.findByRole("button", { name: "Keep mine" }));
  await waitFor(() => expect(stored().draft.greeting).toBe("Hello from us"));
  expect(await screen.findByText("Draft saved")).toBeTruthy();
});

it("takes theirs in place of ours when that is chosen", async () => {
  const { user, stored, interfere } = await setUp();
  interfere("Theirs");
  await user.type(greeting(), " from us");
  const load = await screen.findByRole("button", { name: "Load their version" });
  await user.click(load);
  await waitFor(() => expect(greeting().value).toBe("Theirs"));
  expect(screen.getByText("Draft saved")).toBeTruthy();
  expect(stored().draft.greeting).toBe("Theirs");
});

it("does not save a wrong field, and says so", async () => {
  const { user, changes } = await setUp();
  await user.type(screen.getByLabelText("Longest answer, in tokens"), "many");
  expect(await screen.findByText(/Write a whole number/)).toBeTruthy();
  expect(screen.getByText(/a field needs fixing/)).toBeTruthy();
  expect(changes()).toHaveLength(0);
});

it("lets a viewer look only, and says why", async () => {
  const viewer = sampleIdentity({ role: "viewer", permissions: ["agents:read"] });
  const { user, changes } = await setUp(viewer);
  expect(screen.getByText(/Your role here, viewer, may not change agents/)).toBeTruthy();
  await user.type(greeting(), "x");
  expect(greeting().value).toBe("Hello");
  expect(changes()).toHaveLength(0);
});
