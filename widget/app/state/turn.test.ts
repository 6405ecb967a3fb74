import fc from "fast-check";
import { describe, expect, test } from "vitest";
import cases from "../../../chat/testdata/fold.json" with { type: "json" };
import type { Chunk } from "../protocol";
import { recordings } from "./recordings";
import {
  type Event,
  foldEvent,
  foldPart,
  isSilent,
  leavesGap,
  newTurn,
  suggestionsOf,
  textOf,
} from "./turn";

function eventsOf(chunks: Chunk[]): Event[] {
  return chunks.map((chunk, index) => ({ seq: index + 1, chunk }));
}

function replay(events: Event[]) {
  return events.reduce(foldEvent, newTurn("turn"));
}

describe.each(Object.entries(recordings))("%s", (_, { chunks, text, status }) => {
  test("ends as recorded", () => {
    const turn = replay(eventsOf(chunks));
    expect(textOf(turn.parts)).toBe(text);
    expect(turn.status).toBe(status);
    expect(turn.parts.some((part) => part.state === "streaming")).toBe(false);
  });

  test("is the same however often the line was cut and frames came again", () => {
    const whole = eventsOf(chunks);
    const reconnects = fc.array(fc.record({ until: fc.nat(), back: fc.nat({ max: 5 }) }));
    fc.assert(
      fc.property(reconnects, (cuts) => {
        let turn = newTurn("turn");
        for (const { until, back } of cuts) {
          const from = Math.max(0, turn.seq - back);
          const to = from + (until % (whole.length - from + 1));
          turn = whole.slice(from, to).reduce(foldEvent, turn);
        }
        turn = whole.slice(turn.seq).reduce(foldEvent, turn);
        expect(turn).toEqual(replay(whole));
      }),
    );
  });
});

test.each(cases)("$name: folded as the server does", ({ chunks, parts }) => {
  expect((chunks as Chunk[]).reduce(foldPart, [])).toEqual(parts);
});

test("a status is shown until the next chunk, and never counts as one", () => {
  const status: Chunk = { type: "data-status", data: { state: "retrying" }, transient: true };
  const before = replay(eventsOf([{ type: "start", messageId: "m" }]));
  const told = foldEvent(before, { seq: 1, chunk: status });
  expect(told).toEqual({ ...before, notice: "retrying" });
  expect(foldEvent(told, { seq: 2, chunk: { type: "start-step" } }).notice).toBeUndefined();
});

test("unknown chunks are counted and change nothing else", () => {
  const turn = foldEvent(newTurn("turn"), { seq: 1, chunk: { type: "tool-unheard-of" } });
  expect(turn).toEqual({ ...newTurn("turn"), seq: 1 });
});

test("a hole is noticed, a repetition is not one", () => {
  const turn = replay(eventsOf([{ type: "start" }, { type: "start-step" }]));
  const chunk = { type: "text-start", id: "t1" };
  expect([1, 2, 3, 4].map((seq) => leavesGap(turn, { seq, chunk }))).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

test("a turn is silent until its running step says something", () => {
  const { chunks = [] } = recordings["two steps that use the same ids"] ?? {};
  const spoken = chunks.map((_, index) => !isSilent(replay(eventsOf(chunks.slice(0, index + 1)))));
  const first = chunks.findIndex((chunk) => chunk.delta === "First.");
  const steered = chunks.findIndex((chunk) => chunk.type === "data-steer");
  const second = chunks.findIndex((chunk) => chunk.delta === "Second");
  expect(
    spoken.map((said, index) => said === ((index >= first && index < steered) || index >= second)),
  ).not.toContain(false);
});

test("a turn is not silent while a call is under way, and again when all are over", () => {
  const { chunks = [] } = recordings["an answer that takes three calls"] ?? {};
  const silent = chunks.map((_, index) => isSilent(replay(eventsOf(chunks.slice(0, index + 1)))));
  const begun = chunks.findIndex((chunk) => chunk.type === "tool-input-start");
  const over = chunks.findLastIndex((chunk) => chunk.type.startsWith("tool-output"));
  const spoken = chunks.findIndex((chunk) => chunk.type === "text-delta");
  expect(silent).toEqual(
    chunks.map((_, index) => index < begun || (index >= over && index < spoken)),
  );
});

test("suggestions are read only in the form that was agreed", () => {
  const part = (data: unknown) => [{ type: "data-suggestions", id: "suggestions", data }];
  expect(suggestionsOf(part({ items: ["a", "", 3, "b"] }))).toEqual(["a", "b"]);
  expect(suggestionsOf(part({ items: "a" }))).toEqual([]);
  expect(suggestionsOf(part(null))).toEqual([]);
});

test("a call shows how far it has come, until it is over", () => {
  const about = { toolCallId: "c1", dynamic: true };
  const begun: Chunk[] = [
    { type: "tool-input-available", ...about, toolName: "pack", input: {} },
    {
      type: "tool-output-available",
      ...about,
      output: { progress: 1, total: 3 },
      preliminary: true,
    },
  ];
  expect(replay(eventsOf(begun)).parts).toMatchObject([{ state: "input-available", percent: 33 }]);
  const unsure = { type: "tool-output-available", ...about, output: { progress: 2 } };
  const still = replay(eventsOf([...begun, { ...unsure, preliminary: true }]));
  expect(still.parts).toMatchObject([{ percent: 33 }]);
  const done = replay(eventsOf([...begun, { ...unsure, output: "packed" }]));
  expect(done.parts).toEqual([
    expect.objectContaining({ state: "output-available", output: "packed", percent: undefined }),
  ]);
});
