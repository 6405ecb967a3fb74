import { describe, expect, test } from "vitest";
import type { Chunk, Message, Wish } from "../protocol";
import { recordings } from "./recordings";
import { rowsOf } from "./rows";
import {
  type Entry,
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

interface More {
  older?: string;
  at?: "start";
  known?: Entry[];
}

const page = (messages: Message[], more: More = {}): ThreadAction => ({
  type: "page-loaded",
  messages,
  at: "end",
  ...more,
});

function sending(key: string, text: string, fork?: Wish["fork"]): ThreadAction {
  return { type: "message-sending", key, wish: { key, text, ...(fork ? { fork } : {}) } };
}

const asked = fold(
  emptyThread,
  sending("k1", "Hello?"),
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
    const next = fold(done, sending("k2", "Two?"));
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
    const unsent = fold(emptyThread, sending("k9", "Wait"), {
      type: "message-unsent",
      key: "k9",
      complaint: { kind: "offline" },
    });
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
    sending("k2", "And another thing"),
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
    sending("k1", "One"),
    { type: "message-unsent", key: "k1", complaint: { kind: "rate-limited", retryAt: 5 } },
    sending("k2", "Two"),
    sending("k1", "One"),
  );
  expect(drawn(refused)).toEqual(["Two", "One"]);
  expect(refused.entries[1]).toEqual({
    key: "k1",
    role: "user",
    parts: [{ type: "text", text: "One" }],
    state: "sending",
    wish: { key: "k1", text: "One" },
  });
});

describe("a branch", () => {
  const one = (at: number) => stored(at, { id: `s${at}` });
  const whole = fold(emptyThread, page([1, 2, 3, 4].map(one)));

  test("begins where a message is edited, and takes away what came after", () => {
    const edited = fold(whole, sending("k2", "Otherwise?", { edit: "s3" }));
    expect(drawn(edited)).toEqual(["text 1", "text 2", "Otherwise?"]);
    const refused = fold(edited, {
      type: "message-unsent",
      key: "k2",
      complaint: { kind: "server" },
    });
    expect(fold(refused, page([one(1), one(2), one(3), one(4)]))).toBe(refused);
    const again = fold(refused, sending("k2", "Otherwise?", { edit: "s3" }));
    expect(drawn(again)).toEqual(["text 1", "text 2", "Otherwise?"]);
    const dropped = fold(again, { type: "message-dropped", key: "k2" });
    const back = fold(dropped, page([1, 2, 3, 4].map(one)));
    expect(drawn(back)).toEqual(["text 1", "text 2", "text 3", "text 4"]);
  });

  test("begins after the question whose answer is wanted anew", () => {
    const wish: Wish = { key: "w", text: "text 3", fork: { regenerate: "s4" } };
    const anew = fold(whole, { type: "message-sending", key: "s3", wish });
    expect(drawn(anew)).toEqual(["text 1", "text 2", "text 3"]);
    expect(isAnswering(anew)).toBe(true);
    const sent = fold(anew, { type: "message-sent", key: "s3", turnId: "turn9", steered: false });
    const followed = fold(sent, { type: "turn-followed", turnId: "turn9" }, events("turn9", plain));
    expect(followed.entries.at(-1)).toMatchObject({ id: "m1", state: "complete", turnId: "turn9" });
    expect(followed.entries).toHaveLength(4);
  });

  test("that is shown elsewhere takes the place of the one that was", () => {
    const versions = ["s2", "m5"];
    const other = [one(1), stored(5, { role: "assistant", turnId: "turn5", versions })];
    const turned = fold(whole, page(other));
    expect(drawn(turned)).toEqual(["text 1", "text 5"]);
    expect(turned.entries.at(-1)?.versions).toEqual(versions);
    expect(drawn(fold(turned, page([1, 2, 3, 4].map(one))))).toHaveLength(4);
  });

  test("takes its own beginning along when that is on another page", () => {
    const old = fold(whole, page([one(3), one(4)], { older: "3" }));
    expect(drawn(old)).toHaveLength(4);
    const turned = fold(old, page([stored(5), stored(6)], { older: "5" }));
    expect(drawn(turned)).toEqual(["text 5", "text 6"]);
    expect(turned.older).toBe("5");
  });

  test("keeps what is still on its way, and what was stored after it was asked for", () => {
    const sent = fold(whole, sending("k9", "Mine?"));
    const { entries: known } = sent;
    const arrived = fold(sent, { type: "message-sent", key: "k9", turnId: "t", steered: false });
    const branch = [one(1), stored(5, { role: "assistant" })];
    expect(drawn(fold(sent, page(branch, { known })))).toEqual(["text 1", "text 5", "Mine?"]);
    expect(drawn(fold(arrived, page(branch, { known })))).toContain("Mine?");
    const late = page(branch, { known: arrived.entries });
    expect(drawn(fold(arrived, late))).toEqual(["text 1", "text 5"]);
  });
});
