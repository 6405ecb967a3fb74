import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Part } from "../protocol";
import { nameOf, stateOf } from "./calls";

const part = (more: Partial<Part>): Part => ({ type: "dynamic-tool", toolCallId: "c", ...more });

test.each([
  ["input-streaming", "running"],
  ["input-available", "running"],
  ["approval-requested", "asked"],
  ["approval-responded", "running"],
  ["output-available", "done"],
  ["output-denied", "denied"],
  ["output-error", "failed"],
] as const)("a call that is %s is shown as %s", (state, shown) => {
  expect(stateOf(part({ state, errorText: "The order does not exist." }))).toBe(shown);
});

/** The sentences in which the server tells of calls that have no result of their own. */
function sentences(file: string): string[] {
  const source = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
  return [...source.matchAll(/"([A-Z][^"\n]+\.)"/g)].map(([, sentence = ""]) => sentence);
}

test("what the server says of a call tells what is not known from what has failed", () => {
  const files = ["turn/asked.go", "turn/approval.go", "activities/tool.go", "tool/tool.go"];
  const ends = files.flatMap(sentences).map((errorText) => {
    return [stateOf(part({ state: "output-error", errorText })), errorText] as const;
  });
  const said = (end: string) => ends.filter(([e]) => e === end).map(([, text]) => text);
  expect(said("unknown")).toEqual(ends.map(([, text]) => text).filter((s) => /not known/.test(s)));
  expect(said("unknown").length).toBeGreaterThan(2);
  const early = ends.map(([, text]) => text).filter((s) => /before (this|anybody)/.test(s));
  expect(said("undone")).toEqual(early);
  expect(early.length).toBeGreaterThan(2);
  expect(said("failed").length).toBeGreaterThan(0);
});

test.each([
  [{ title: "Refund an order", toolName: "refund_order" }, "Refund an order"],
  [{ toolName: "refund_order" }, "Refund order"],
  [{ title: "", toolName: "look-up--orders" }, "Look up orders"],
  [{ toolName: "findOrderByID" }, "Find order by ID"],
  [{}, ""],
])("%j is called %j", (more, name) => {
  expect(nameOf(part(more))).toBe(name);
});
