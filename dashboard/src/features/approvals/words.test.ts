import { expect, test } from "vitest";
import {
  argumentsOf,
  inALine,
  outcomeOf,
  readable,
  refusalOf,
  stateOf,
} from "@/features/approvals/words";
import { sampleApproval } from "@/test/samples";

test("arguments stand in the schema's order and words", () => {
  const schema = { properties: { amount: { title: "Amount in euros" }, order_id: {} } };
  expect(argumentsOf({ note: "late", order_id: "7", amount: 12.5 }, schema)).toEqual([
    { name: "amount", label: "Amount in euros", hint: undefined, value: 12.5 },
    { name: "order_id", label: "Order id", hint: undefined, value: "7" },
    { name: "note", label: "Note", hint: undefined, value: "late" },
  ]);
  expect(argumentsOf("no object", schema)).toEqual([]);
});

test("names and lines are for people", () => {
  expect(readable("customerEmail_address")).toBe("Customer email address");
  expect(inALine({ order: "7", lines: [1, 2] })).toBe("Order: 7 · Lines: [1,2]");
});

test("states say what is so", () => {
  expect(stateOf(sampleApproval({ state: "denied", expired: true })).label).toBe("Denied by time");
  expect(
    outcomeOf(sampleApproval({ state: "approved", callState: "outcome_unknown" }))?.text,
  ).toContain("look yourself");
  expect(outcomeOf(sampleApproval({ state: "denied", callState: "denied" }))).toBeUndefined();
  expect(refusalOf(sampleApproval({ mayDecide: false, roles: ["owner", "admin"] }))).toBe(
    "Only owners, admins may decide this.",
  );
});

test("those who have voted are told that others are still to do so", () => {
  expect(refusalOf(sampleApproval({ mayDecide: false, voted: true }))).toBe(
    "You have decided. It waits for others.",
  );
});
