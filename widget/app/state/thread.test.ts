import { describe, expect, test } from "vitest";
import type { Chunk, Message } from "../protocol";
import { recordings } from "./recordings";
import { rowsOf } from "./rows";
import {
  emptyThread,
  isAnswering,
  offeredSuggestions,
  type Thread,
  type ThreadAction,
  threadReducer,
} from "./thread";
import { textOf } from "./turn";

function fold(thread: Thread, ...actions: ThreadAction[]): Thread {
  return actions.reduce(threadReducer, thread);
}

function events(turnId: string, chunks: Chunk[], from = 1): ThreadAction {
  const numbered = chunks.map((chunk, index) => ({ seq: from + index, chunk }));
  return { type: "turn-events", turnId, events: numbered };
}

function stored(position: number, change: Partial<Message> = {}): Message {
  const role = position % 2 === 1 ? "user" : "assistant";
  return {
    id: `m${position}`,
    role,
    parts: [{ type: "text", text: `text ${position}` }],
    state: "complete",
    position,
    turnId: `turn${Math.ceil(position / 2)}`,
    createdAt: "2026-01-01T00:00:00Z",
    ...change,
  };
}

const page = (messages: Message[], more: { older?: string; at?: "start" } = {}): ThreadAction => ({
  type: "page-loaded",
  messages,
  at: "end",
  ...more,
});

const asked = fold(
  emptyThread,
  { type: "message-sending", key: "k1", text: "Hello?" },
  { type: "conversation-created", conversationId: "c1" },
  { type: "message-sent", key: "k1", turnId: "turn1", steered: false },
  { type: "turn-followed", turnId: "turn1" },
);
const plain = recordings["a plain answer"]?.chunks ?? [];

const drawn = (thread: Thread) => {
  const { before, live, after: waiting } = rowsOf(thread);
  return [...before, ...live, ...waiting].map((row) => textOf(row.parts));
};

describe("an answer", () => {
  test("becomes a message in its place, with the key that it was drawn with", () => {
    const half = fold(asked, events("turn1", plain.slice(0, 4)));
    const whole = fold(half, events("turn1", plain.slice(4), 5));
    expect(half.turn?.status).toBe("running");
    expect(whole.turn).toBeUndefined();
    expect(rowsOf(whole).before.map((row) => row.key)).toEqual(["k1", rowsOf(half).live[0]?.key]);
    expect(whole.entries.at(-1)).toMatchObject({ id: "m1", state: "complete" });
  });

  test("ignores what is left of a turn that is no longer followed", () => {
    expect(fold(asked, events("another", plain))).toBe(asked);
  });

  test("can be lost, and is then found among the stored messages", () => {
    const lost = fold(asked, events("turn1", plain.slice(0, 4)), {
      type: "turn-lost",
      turnId: "turn1",
    });
    expect(isAnswering(lost)).toBe(false);
    const found = fold(lost, page([stored(1, { clientId: "k1" }), stored(2)]));
    expect(drawn(found)).toEqual(["text 1", "text 2"]);
  });

  test("offers its suggestions until something else is said", () => {
    const chunks = recordings["an answer with suggestions that were replaced"]?.chunks ?? [];
    const done = fold(asked, events("turn1", chunks));
    expect(offeredSuggestions(done)).toEqual(["Two?"]);
    const next = fold(done, { type: "message-sending", key: "k2", text: "Two?" });
    expect(offeredSuggestions(next)).toEqual([]);
  });
});

describe("a page of stored messages", () => {
  test("replaces what this tab knew, without redrawing it", () => {
    const done = fold(asked, events("turn1", plain));
    const keys = rowsOf(done).before.map((row) => row.key);
    const fresh = fold(
      done,
      page([stored(1, { clientId: "k1" }), stored(2, { id: "m1", turnId: "turn1" })]),
    );
    expect(rowsOf(fresh).before.map((row) => row.key)).toEqual(keys);
    expect(fresh.entries.map((entry) => entry.position)).toEqual([1, 2]);
  });

  test("does not double the answer that is being read", () => {
    const half = fold(asked, events("turn1", plain.slice(0, 4)));
    const question = stored(1, { clientId: "k1" });
    for (const state of ["pending", "complete"] as const) {
      const both = fold(half, page([question, stored(2, { id: "m1", turnId: "turn1", state })]));
      expect(drawn(both)).toEqual(["text 1", "Hel"]);
    }
  });

  test("keeps messages that only this browser knows, at the end", () => {
    const unsent = fold(
      emptyThread,
      { type: "message-sending", key: "k9", text: "Wait" },
      {
        type: "message-unsent",
        key: "k9",
        complaint: { kind: "offline" },
      },
    );
    const merged = fold(unsent, page([stored(1), stored(2)]));
    expect(drawn(merged)).toEqual(["text 1", "text 2", "Wait"]);
  });

  test("older messages come before, and the way back stays known", () => {
    const newest = fold(emptyThread, page([stored(3), stored(4)], { older: "3" }));
    const refreshed = fold(newest, page([stored(3), stored(4), stored(5)], { older: "x" }));
    expect(refreshed.older).toBe("3");
    const all = fold(refreshed, page([stored(1), stored(2)], { at: "start" }));
    expect(drawn(all)).toEqual([1, 2, 3, 4, 5].map((n) => `text ${n}`));
    expect(all.older).toBeUndefined();
  });

  test("brings ratings and late suggestions along", () => {
    const parts = [...stored(2).parts, { type: "data-suggestions", data: { items: ["More?"] } }];
    const feedback = { rating: "up" as const };
    const thread = fold(emptyThread, page([stored(1), stored(2, { parts, feedback })]));
    expect(offeredSuggestions(thread)).toEqual(["More?"]);
    expect(thread.entries[1]?.rating).toBe("up");
    const taken = fold(thread, { type: "rated", id: "m2", rating: null });
    expect(taken.entries[1]?.rating).toBeUndefined();
  });
});

describe("a message sent during an answer", () => {
  const steering = fold(
    asked,
    events("turn1", plain.slice(0, 4)),
    { type: "message-sending", key: "k2", text: "And another thing" },
    { type: "message-sent", key: "k2", id: "q2", turnId: "turn1", steered: true },
  );

  test("waits below the answer until the answer turns to it", () => {
    expect(drawn(steering)).toEqual(["Hello?", "Hel", "And another thing"]);
    const turned = fold(
      steering,
      events(
        "turn1",
        [
          { type: "text-end", id: "t1" },
          { type: "finish-step" },
          { type: "data-steer", id: "steer-1", data: { messageIds: ["q2"] } },
          { type: "start-step" },
          { type: "text-start", id: "t1" },
          { type: "text-delta", id: "t1", delta: "Of course" },
        ],
        5,
      ),
    );
    expect(drawn(turned)).toEqual(["Hello?", "Hel", "And another thing", "Of course"]);
  });

  test("stands at the same place when the conversation is read again", () => {
    const parts = recordings["two steps that use the same ids"]?.chunks ?? [];
    const answered = fold(
      emptyThread,
      { type: "turn-followed", turnId: "turn1" },
      events("turn1", parts),
    );
    const answer = answered.entries[0]?.parts ?? [];
    const again = fold(
      emptyThread,
      page([
        stored(1),
        stored(2, { id: "m0", role: "user" }),
        stored(3, { role: "assistant", turnId: "turn1", parts: answer }),
      ]),
    );
    expect(drawn(again)).toEqual(["text 1", "First.", "text 2", "Second."]);
    expect(rowsOf(again).before.map((row) => row.ends)).toEqual([true, false, true, true]);
  });
});

test("a refused message is sent again at the end, without its complaint", () => {
  const refused = fold(
    emptyThread,
    { type: "message-sending", key: "k1", text: "One" },
    { type: "message-unsent", key: "k1", complaint: { kind: "rate-limited", retryAt: 5 } },
    { type: "message-sending", key: "k2", text: "Two" },
    { type: "message-sending", key: "k1", text: "One" },
  );
  expect(drawn(refused)).toEqual(["Two", "One"]);
  expect(refused.entries[1]).toEqual({
    key: "k1",
    role: "user",
    parts: [{ type: "text", text: "One" }],
    state: "sending",
  });
});
