import { expect, test } from "vitest";
import { en } from "../locales/en";
import type { ProblemKind } from "../net/problem";
import { ago } from "./ago";
import { sentenceFor } from "./words";

const kinds: ProblemKind[] = [
  "offline",
  "refused",
  "misconfigured",
  "signed-out",
  "rate-limited",
  "budget",
  "too-large",
  "gone",
  "invalid",
  "server",
];

test.each(kinds)("%s is said in a sentence", (kind) => {
  expect(sentenceFor({ kind }, en, 0)).toMatch(/\w{3}/);
});

test("a limit says how long to wait, until it is over", () => {
  const complaint = { kind: "rate-limited" as const, retryAt: 12_000 };
  expect(sentenceFor(complaint, en, 2_500)).toContain("10 s");
  expect(sentenceFor(complaint, en, 13_000)).toBe(en.rateLimited);
});

test.each([
  [0, "now"],
  [90, "1 min. ago"],
  [7_300, "2 hr. ago"],
  [90_000, "yesterday"],
  [86_400 * 40, "last mo."],
])("%d seconds ago is %j", (seconds, words) => {
  const now = Date.parse("2026-05-01T12:00:00Z");
  const then = new Date(now - seconds * 1000).toISOString();
  expect(ago(then, "en", now)).toBe(words);
});
