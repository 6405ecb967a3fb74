// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Agent, Message, Playground, Turn } from "@/api/types";
import { EditorProvider, useAgentEditor } from "@/features/agents/editor/use-editor";
import { PlaygroundTab } from "@/features/playground/playground";
import { renderPage } from "@/test/render";
import {
  sampleAgent,
  sampleConfig,
  sampleIdentity,
  sampleMessage,
  samplePlayground,
  sampleTrace,
  sampleTraceStep,
  sampleTurn,
} from "@/test/samples";
import { serve } from "@/test/server";

function Tab() {
  const editor = useAgentEditor("agent-1");
  return (
    <EditorProvider value={editor}>
      <PlaygroundTab />
    </EditorProvider>
  );
}

const withTools: Agent = sampleAgent({
  draft: sampleConfig({
    tools: [
      {
        name: "cancel",
        kind: "http",
        class: "write",
        policy: { default: "allow" },
        http: { method: "POST", url: "https://shop.example" },
      },
    ],
  }),
});

const question = sampleMessage({
  id: "question",
  position: 1,
  parts: [{ type: "text", text: "Where is it?" }],
});
const answer = sampleMessage({
  id: "answer",
  position: 2,
  role: "assistant",
  parts: [{ type: "text", text: "It is lost." }],
});
const turn = sampleTurn({
  id: "turn",
  agentVersion: 0,
  status: "completed",
  finishedAt: "2026-01-01T00:00:02Z",
});

interface World {
  runs: Playground[];
  messages: Message[];
  turns: Turn[];
  approvals: object[];
}

async function setUp(world: Partial<World> = {}, identity = sampleIdentity()) {
  const state: World = { runs: [], messages: [], turns: [], approvals: [], ...world };
  const root = "/v1/admin/conversations/conversation-1";
  const run = () => state.runs[0] ?? samplePlayground();
  const inbox = () => {
    const { asks: _, ...conversation } = run();
    return conversation;
  };
  const server = await serve({
    "GET /v1/me": () => identity,
    "GET /v1/agents/agent-1": () => withTools,
    "GET /v1/agents/agent-1/playground": () => ({ items: state.runs }),
    "POST /v1/agents/agent-1/playground": ({ body }) => {
      state.runs = [samplePlayground(body as Partial<Playground>)];
      return state.runs[0];
    },
    "GET /v1/playground/conversation-1": run,
    "PATCH /v1/playground/conversation-1": ({ body }) => {
      state.runs = [samplePlayground(body as Partial<Playground>)];
      return state.runs[0];
    },
    "POST /v1/playground/conversation-1/turns": () => {
      state.messages = [question, answer];
      state.turns = [turn];
      return turn;
    },
    "GET /v1/playground/conversation-1/approvals": () => ({ items: state.approvals }),
    "POST /v1/playground/conversation-1/approvals/approval-1/decision": () => {
      const [decided] = state.approvals;
      state.approvals = [];
      return decided;
    },
    [`GET ${root}`]: inbox,
    [`GET ${root}/messages`]: () => ({ items: state.messages.toReversed() }),
    [`GET ${root}/turns`]: () => ({ items: state.turns }),
    [`GET ${root}/stream`]: (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(": ping\n\n");
    },
    "GET /v1/turns/turn/trace": () =>
      sampleTrace({ steps: [sampleTraceStep({ text: "It is lost." })] }),
    "GET /v1/turns/before/trace": () => sampleTrace({ turnId: "before", revision: 6 }),
  });
  const user = renderPage(server.deps, <Tab />);
  const sent = (method: string, path: string) =>
    server.requests.filter((request) => request.method === method && request.path === path);
  return { user, sent, state };
}

it("begins with the first question, and asks before changes unless told otherwise", async () => {
  const { user, sent } = await setUp();
  await screen.findByText("Try the draft out");
  await user.type(screen.getByLabelText("Message to the draft"), "Where is it?{Enter}");
  expect(await screen.findByRole("button", { name: "Trace of this answer" })).toBeTruthy();
  expect(sent("POST", "/v1/agents/agent-1/playground")[0]?.body).toEqual({ asks: "changes" });
  expect(sent("POST", "/v1/playground/conversation-1/turns")[0]?.body).toEqual({
    message: { parts: [{ type: "text", text: "Where is it?" }] },
  });
  const trace = screen.getByRole("region", { name: "Trace" });
  expect(await within(trace).findByText("Draft, revision 7")).toBeTruthy();
});

it("changes what it asks about, and asks", async () => {
  const { user, sent } = await setUp({
    runs: [samplePlayground()],
    messages: [question],
    turns: [sampleTurn({ id: "turn", status: "running" })],
    approvals: [
      {
        id: "approval-1",
        state: "open",
        callId: "call_1",
        title: "Cancel an order",
        arguments: { order: "4711" },
        argumentsHash: "0".repeat(64),
        expiresAt: "2030-01-01T00:00:00Z",
      },
    ],
  });
  const asks = await screen.findByLabelText("Tools act for real: ask me before");
  await user.selectOptions(asks, "all");
  await waitFor(() =>
    expect(sent("PATCH", "/v1/playground/conversation-1")[0]?.body).toEqual({ asks: "all" }),
  );
  const asked = await screen.findByRole("region", { name: "May this be done: Cancel an order" });
  expect(within(asked).getByText("4711")).toBeTruthy();
  await user.click(within(asked).getByRole("button", { name: "Do it" }));
  await waitFor(() =>
    expect(screen.queryByRole("region", { name: /May this be done/ })).toBeNull(),
  );
  const decision = "/v1/playground/conversation-1/approvals/approval-1/decision";
  expect(sent("POST", decision)[0]?.body).toEqual({
    approve: true,
    argumentsHash: "0".repeat(64),
  });
});

it("runs the same question again and compares", async () => {
  const before = sampleTurn({ ...turn, id: "before", assistantMessageId: "earlier" });
  const { user, sent } = await setUp({
    runs: [samplePlayground()],
    messages: [question, answer],
    turns: [turn, before],
  });
  await user.selectOptions(await screen.findByLabelText("Compare with another answer"), "before");
  const compared = await screen.findByRole("table", { name: "Two runs compared" });
  expect(within(compared).getByText("The other, revision 6")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Run again" }));
  await waitFor(() =>
    expect(sent("POST", "/v1/playground/conversation-1/turns")[0]?.body).toEqual({
      regenerate: "question",
    }),
  );
});

it("says who may not play", async () => {
  const identity = sampleIdentity({ role: "viewer", permissions: ["agents:read", "turns:trace"] });
  const { sent } = await setUp({}, identity);
  expect(await screen.findByText("You may not try drafts out")).toBeTruthy();
  expect(sent("GET", "/v1/agents/agent-1/playground")).toHaveLength(0);
});
