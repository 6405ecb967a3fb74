import { describe, expect, it } from "vitest";
import {
  estimateTokens,
  formatAgo,
  formatCount,
  formatDuration,
  formatMoney,
  formatMonth,
} from "@/lib/format";

describe("formatMoney", () => {
  it.each([
    [0, "$0.00"],
    [410, "$0.0004"],
    [41_230_000, "$41.23"],
    [1_234_567_890_000, "$1,234,567.89"],
  ])("writes %d micro-dollars as %s", (micros, text) => {
    expect(formatMoney(micros)).toBe(text);
  });
});

describe("formatAgo", () => {
  const now = new Date("2026-03-10T12:00:00Z");

  it.each([
    ["2026-03-10T11:59:30Z", "just now"],
    ["2026-03-10T11:58:01Z", "1 minute ago"],
    ["2026-03-10T09:00:00Z", "3 hours ago"],
    ["2026-03-08T12:00:00Z", "2 days ago"],
    ["2026-02-01T12:00:00Z", "Feb 1"],
    ["2024-02-01T12:00:00Z", "Feb 1, 2024"],
  ])("says of %s: %s", (time, text) => {
    expect(formatAgo(time, now)).toBe(text);
  });
});

it("names a month whatever the time zone", () => {
  expect(formatMonth("2026-03")).toBe("March 2026");
  expect(formatMonth("2026-03-01")).toBe("March 2026");
});

it("counts with the right noun", () => {
  expect(formatCount(1, "message")).toBe("1 message");
  expect(formatCount(1200, "message")).toBe("1,200 messages");
});

it.each([
  ["2026-01-01T00:00:00.850Z", "850 ms"],
  ["2026-01-01T00:00:04.200Z", "4.2 s"],
  ["2026-01-01T00:01:05Z", "1 min 5 s"],
  ["2025-12-31T23:59:59Z", "0 ms"],
])("gives the time until %s as %s", (to, text) => {
  expect(formatDuration("2026-01-01T00:00:00Z", to)).toBe(text);
});

it("estimates tokens by script", () => {
  expect(estimateTokens("")).toBe(0);
  expect(estimateTokens("twelve chars")).toBe(3);
  expect(estimateTokens("こんにちは")).toBe(5);
});
