// @vitest-environment jsdom
import type { ServerResponse } from "node:http";
import { act, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Chunk, Conversation, Message, Turn } from "@/api/types";
import { ConversationView } from "@/features/conversations/conversation-view";
import { renderPage } from "@/test/render";
import { sampleIdentity, sampleMessage, sampleTurn } from "@/test/samples";
import { serve } from "@/test/server";

const words = ["The ", "answer ", "is ", "forty", "-two", "."];
const chunks: Chunk[] = [
  { type: "start", messageId: "answer" },
  { type: "start-step" },
  { type: "text-start", id: "t1" },
  ...words.map((delta): Chunk => ({ type: "text-delta", id: "t1", delta })),
];

const conversation: Conversation = {
  id: "conversation-1",
  agentId: "agent-1",
  agentName: "Support",
  title: "The question",
  mode: "agent",
  messageCount: 1,
  activeTurnId: "turn",
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
};

const question = sampleMessage({
  id: "question",
  position: 1,
  parts: [{ type: "text", text: "What is the answer?" }],
});

/** A conversation whose turn runs; its stream breaks after some chunks, however often it is read. */
async function setUp(cutAfter: number) {
  const state: { conversation: Conversation; messages: Message[]; turns: Turn[] } = {
    conversation,
    messages: [question],
    turns: [sampleTurn({ id: "turn" })],
  };
  const resumes: number[] = [];
  let lines = 0;
  const openLine = (response: ServerResponse) => {
    lines += 1;
    response.on("close", () => {
      lines -= 1;
    });
    return openStream(response);
  };
  let news: ServerResponse | undefined;
  const root = "/v1/admin/conversations/conversation-1";
  const server = await serve({
    "GET /v1/me": () => sampleIdentity(),
    [`GET ${root}`]: () => state.conversation,
    [`GET ${root}/messages`]: () => ({ items: state.messages.toReversed() }),
    [`GET ${root}/turns`]: () => ({ items: state.turns }),
    [`GET ${root}/stream`]: (_, response) => {
      news = openLine(response);
    },
    "GET /v1/admin/turns/turn/stream": ({ headers }, response) => {
      const have = Number(headers["last-event-id"] ?? 0);
      resumes.push(have);
      const stream = openLine(response);
      const last = Math.min(have + cutAfter, chunks.length);
      for (let seq = have; seq < last; seq++) sendEvent(stream, seq + 1, chunks[seq]);
      if (last < chunks.length) stream.end();
    },
  });
  renderPage(server.deps, <ConversationView id="conversation-1" />);
  const announce = (event: object) => news && sendEvent(news, 1, event);
  return { state, resumes, announce, lines: () => lines };
}

function openStream(response: ServerResponse): ServerResponse {
  response.writeHead(200, { "content-type": "text/event-stream" }).write(": ping\n\n");
  return response;
}

function sendEvent(response: ServerResponse, id: number, data: unknown) {
  response.write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
}

it("shows an answer as it is written, exactly, over any number of broken lines", async () => {
  const { resumes } = await setUp(4);
  expect(await screen.findByText("What is the answer?")).toBeTruthy();
  expect(await screen.findByText("The answer is forty-two.")).toBeTruthy();
  expect(resumes).toEqual([0, 4, 8]);
});

it("puts the stored message in the place of the live one when the turn has ended", async () => {
  const { state, announce } = await setUp(chunks.length);
  await screen.findByText("The answer is forty-two.");
  const usage = {
    inputTokens: 12,
    outputTokens: 7,
    cachedTokens: 0,
    reasoningTokens: 0,
    costMicros: 0,
    unreported: 1,
  };
  const parts = [{ type: "text", text: "The answer is forty-two, finally." }];
  const finishedAt = "2030-01-01T00:00:00Z";
  const answer = sampleMessage({ id: "answer", position: 2, role: "assistant", parts });
  state.messages = [question, { ...answer, feedback: { rating: "up" } }];
  state.turns = [sampleTurn({ id: "turn", status: "completed", finishedAt, usage })];
  state.conversation = { ...conversation, activeTurnId: undefined };
  announce({ type: "turn-ended", turnId: "turn", status: "completed" });

  expect(await screen.findByText("The answer is forty-two, finally.")).toBeTruthy();
  expect(screen.queryByText("The answer is forty-two.")).toBeNull();
  expect(screen.getByText("Helpful")).toBeTruthy();
  expect(await screen.findByText(/12 → 7 tokens .* 1 call unreported/)).toBeTruthy();
});

it("lets go of its lines while the tab is hidden, and goes on where it was", async () => {
  const { resumes, lines } = await setUp(chunks.length);
  await screen.findByText("The answer is forty-two.");
  setVisibility("hidden");
  await waitFor(() => expect(lines()).toBe(0));
  setVisibility("visible");
  await waitFor(() => expect(lines()).toBe(2));
  expect(resumes).toEqual([0, chunks.length]);
  expect(screen.getByText("The answer is forty-two.")).toBeTruthy();
});

function setVisibility(state: DocumentVisibilityState) {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
}

it("says when the visitor deletes the conversation", async () => {
  const { announce } = await setUp(chunks.length);
  await waitFor(() => expect(screen.getByText("Live")).toBeTruthy());
  announce({ type: "deleted" });
  expect(await screen.findByText("The visitor has deleted this conversation")).toBeTruthy();
});
