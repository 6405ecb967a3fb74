import type { Settings } from "@/api/types";
import { formatNumber } from "@/lib/format";

/** The limits as text fields; "" follows the platform. */
export interface LimitFields {
  budget: string;
  maxActiveTurns: string;
  turnsPerMinute: string;
}

export function limitFieldsOf(settings: Settings): LimitFields {
  const { monthlyBudgetMicros: micros, maxActiveTurns, turnsPerMinute } = settings;
  return {
    budget: micros === undefined ? "" : dollarsOf(micros),
    maxActiveTurns: maxActiveTurns === undefined ? "" : String(maxActiveTurns),
    turnsPerMinute: turnsPerMinute === undefined ? "" : String(turnsPerMinute),
  };
}

/** Whole dollars without cents, cents as two digits, and finer fractions as they are. */
function dollarsOf(micros: number): string {
  const dollars = micros / 1_000_000;
  const hasCents = micros % 1_000_000 !== 0 && micros % 10_000 === 0;
  return hasCents ? dollars.toFixed(2) : String(dollars);
}

/** What a save sends; null goes back to the platform's limit. */
export function limitsOf(fields: LimitFields) {
  const dollars = fields.budget.trim();
  return {
    monthlyBudgetMicros: dollars === "" ? null : Math.round(Number(dollars) * 1_000_000),
    maxActiveTurns: countOf(fields.maxActiveTurns),
    turnsPerMinute: countOf(fields.turnsPerMinute),
  };
}

function countOf(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}

export function checkDollars(text: string): true | string {
  const fine = /^\d{1,9}(\.\d{1,6})?$/.test(text.trim()) || text.trim() === "";
  return fine || "Write an amount in dollars, like 50 or 49.90, or nothing.";
}

/** Checks a whole number from 1 to the given one, or nothing. */
export function checkCount(max: number) {
  return (text: string): true | string => {
    const trimmed = text.trim();
    const fine = trimmed === "" || (/^\d{1,9}$/.test(trimmed) && +trimmed >= 1 && +trimmed <= max);
    return fine || `Write a whole number from 1 to ${formatNumber(max)}, or nothing.`;
  };
}
