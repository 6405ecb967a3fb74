import type { Approval, ApprovalDetail } from "@/api/types";
import type { Tone } from "@/components/ui/badge";

/** How an approval stands, in a word and a colour. */
export function stateOf(approval: Approval): { label: string; tone: Tone } {
  if (approval.state === "open") return { label: "Waiting", tone: "warn" };
  if (approval.state === "canceled") return { label: "Not needed any more", tone: "neutral" };
  const by = approval.expired ? " by time" : "";
  if (approval.state === "approved") return { label: `Approved${by}`, tone: "success" };
  return { label: `Denied${by}`, tone: "danger" };
}

const outcomes: Record<string, { text: string; tone: Tone }> = {
  approved: { text: "About to be done", tone: "accent" },
  dispatched: { text: "Under way", tone: "accent" },
  succeeded: { text: "Done", tone: "success" },
  failed: { text: "It did not work", tone: "danger" },
  outcome_unknown: { text: "Not known whether it was done: look yourself", tone: "warn" },
};

/** What has become of the call, once people had approved it. */
export function outcomeOf({ state, callState }: Approval) {
  return state === "approved" ? outcomes[callState] : undefined;
}

/** Why the reader may not decide, undefined if they may. */
export function refusalOf(approval: ApprovalDetail): string | undefined {
  if (approval.mayDecide) return undefined;
  if (approval.voted) return "You have decided. It waits for others.";
  const roles = approval.roles.map((role) => `${role}s`).join(", ");
  return roles ? `Only ${roles} may decide this.` : "You may not decide this.";
}

export interface Argument {
  name: string;
  label: string;
  hint?: string;
  value: unknown;
}

interface Property {
  title?: string;
  description?: string;
}

/** A call's arguments for people: in the schema's order and words where it has any. */
export function argumentsOf(values: unknown, schema: unknown): Argument[] {
  if (!isRecord(values)) return [];
  const properties = isRecord(schema) && isRecord(schema.properties) ? schema.properties : {};
  const names = [...new Set([...Object.keys(properties), ...Object.keys(values)])];
  return names
    .filter((name) => name in values)
    .map((name) => {
      const property = properties[name];
      const { title, description }: Property = isRecord(property) ? property : {};
      return { name, label: title ?? readable(name), hint: description, value: values[name] };
    });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two JSON documents say the same, in whatever order. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, inOrder) === JSON.stringify(other, inOrder);
}

function inOrder(_: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** "order_id" and "orderId" as people write it. */
export function readable(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
}

export function printed(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** The arguments in a line, for lists. */
export function inALine(values: unknown): string {
  return argumentsOf(values, undefined)
    .map(
      ({ label, value }) =>
        `${label}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
    )
    .join(" · ");
}
