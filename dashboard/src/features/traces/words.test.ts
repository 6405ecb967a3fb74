import { expect, it } from "vitest";
import { timelineOf } from "@/features/traces/timeline";
import {
  approvalOf,
  attemptsOf,
  compare,
  costNoteOf,
  costOf,
  decisionOf,
  firstWordsOf,
  ruleOf,
} from "@/features/traces/words";
import { sampleModelCall, sampleToolCall, sampleTrace, sampleTraceStep } from "@/test/samples";

const at = (ms: number) => new Date(Date.parse("2026-01-01T00:00:00Z") + ms).toISOString();

const called = sampleToolCall({
  createdAt: at(400),
  approval: {
    id: "approval-1",
    asks: "player",
    state: "approved",
    createdAt: at(410),
    decidedAt: at(900),
  },
  dispatchedAt: at(950),
  finishedAt: at(1_150),
});

const trace = sampleTrace({
  createdAt: at(0),
  firstTextAt: at(1_500),
  finishedAt: at(2_000),
  steps: [
    sampleTraceStep({
      number: 1,
      begunAt: at(10),
      answeredAt: at(200),
      endedAt: at(390),
      toolCalls: [called],
    }),
    sampleTraceStep({
      number: 2,
      begunAt: at(1_200),
      answeredAt: at(1_450),
      firstTextAt: at(1_500),
      endedAt: at(2_000),
    }),
  ],
});

it("puts steps and calls on one scale", () => {
  const { lines, total } = timelineOf(trace, Date.parse(at(999_999)));
  expect(total).toBe(2_000);
  expect(lines.map(({ title, from, to }) => [title, from, to])).toEqual([
    ["Step 1", 10, 390],
    ["Find an order", 400, 1_150],
    ["Step 2", 1_200, 2_000],
  ]);
  expect(lines[1]?.stretches).toEqual([
    { doing: "waiting", from: 400, to: 410 },
    { doing: "asking", from: 410, to: 900 },
    { doing: "acting", from: 950, to: 1_150 },
  ]);
  expect(lines[2]?.stretches.map(({ doing }) => doing)).toEqual(["waiting", "answering"]);
});

it("lets what is not over last until now", () => {
  const open = sampleTraceStep({ number: 1, begunAt: at(0), answeredAt: at(100) });
  const running = sampleTrace({ status: "running", createdAt: at(0), steps: [open] });
  const { lines, total } = timelineOf(running, Date.parse(at(700)));
  expect([lines[0]?.to, lines[0]?.open, total]).toEqual([700, true, 700]);
  // A clock that is behind the server's bends nothing backwards.
  expect(timelineOf(running, 0).lines[0]?.to).toBe(100);
  const stopped = sampleTrace({
    status: "stopped",
    createdAt: at(0),
    finishedAt: at(300),
    steps: [open],
  });
  expect(timelineOf(stopped, Date.parse(at(700))).total).toBe(300);
});

it("says why a call was allowed, and who was asked", () => {
  expect(decisionOf(called)).toContain("the default counts");
  const ruled = sampleToolCall({ decision: "ask_staff", decidedBy: "args.amount > 100" });
  expect(decisionOf(ruled)).toBe("The team was to be asked: a rule fits");
  expect(ruleOf(ruled)).toBe("args.amount > 100");
  expect(ruleOf(called)).toBeUndefined();
  const played = sampleToolCall({ decision: "ask_player", decidedBy: "playground" });
  expect(decisionOf(played)).toContain("the playground asks");
  expect(approvalOf(called)).toBe("You have approved");
  expect(approvalOf(sampleToolCall({}))).toBeUndefined();
});

it("says plainly what nobody knows", () => {
  const unlisted = sampleModelCall({ unpriced: true, costMicros: 70_000 });
  expect(costOf(unlisted)).toBe("Unknown");
  expect(costNoteOf(unlisted, true)).toContain("$0.07");
  const cut = sampleModelCall({ state: "unknown", costMicros: 20 });
  expect(costNoteOf(cut, false)).toBe("Not reported yet");
  expect(costNoteOf(cut, true)).toContain("an estimate");
  expect(costNoteOf(sampleModelCall({}), true)).toBeUndefined();
  expect(firstWordsOf(sampleTrace({ firstTextAt: undefined }))).toBeUndefined();
  expect(attemptsOf(1)).toBeUndefined();
  expect(attemptsOf(3, "worker_lost")).toBe("3 attempts: the process that made the attempt died");
});

it("compares two runs", () => {
  const dearer = sampleTrace({
    ...trace,
    finishedAt: at(4_000),
    usage: { ...trace.usage, costMicros: 2 * trace.usage.costMicros },
  });
  const rows = new Map(compare(dearer, trace).map((row) => [row.label, row]));
  expect(rows.get("Time")).toMatchObject({ one: "4.0 s", other: "2.0 s", change: 100 });
  expect(rows.get("Cost")?.change).toBe(100);
  expect(rows.get("Steps")?.change).toBe(0);
  const unpriced = compare(sampleTrace({ ...trace, unpriced: true }), trace);
  expect(unpriced.find(({ label }) => label === "Cost")).toMatchObject({
    one: "Unknown",
    change: undefined,
  });
});
