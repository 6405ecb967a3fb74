import { expect, it } from "vitest";
import { checkCount, checkDollars, limitFieldsOf, limitsOf } from "@/features/settings/limits";

const settings = { id: "t", slug: "acme", name: "Acme", hasIdentitySecret: false };

it("shows the platform's limits as empty fields, and sends them as null", () => {
  const fields = limitFieldsOf(settings);
  expect(fields).toEqual({ budget: "", maxActiveTurns: "", turnsPerMinute: "" });
  expect(limitsOf(fields)).toEqual({
    monthlyBudgetMicros: null,
    maxActiveTurns: null,
    turnsPerMinute: null,
  });
});

it("carries limits through the fields without loss", () => {
  const limits = { monthlyBudgetMicros: 49_900_000, maxActiveTurns: 20, turnsPerMinute: 60 };
  expect(limitsOf(limitFieldsOf({ ...settings, ...limits }))).toEqual(limits);
});

it.each([
  [50_000_000, "50"],
  [12_500_000, "12.50"],
  [1_234, "0.001234"],
])("shows %d micro-dollars as %s", (monthlyBudgetMicros, budget) => {
  expect(limitFieldsOf({ ...settings, monthlyBudgetMicros }).budget).toBe(budget);
});

it("rounds dollars to whole micro-units", () => {
  expect(limitsOf({ budget: "0.1", maxActiveTurns: "", turnsPerMinute: "" })).toMatchObject({
    monthlyBudgetMicros: 100_000,
  });
});

it.each(["-1", "1e3", "12,50", "1.2345678", "free"])("refuses %s dollars", (text) => {
  expect(checkDollars(text)).not.toBe(true);
});

it.each(["0", "101", "1.5", "-3", "x"])("refuses %s as a count up to 100", (text) => {
  expect(checkCount(100)(text)).not.toBe(true);
  expect(checkCount(100)("100")).toBe(true);
});
