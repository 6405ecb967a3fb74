import type { Part } from "../protocol";
import { isOver } from "./turn";

/**
 * How far a call has come. It is `asked` while people decide about it, maybe for
 * weeks; `undone` has not been tried, and of `unknown` nobody knows.
 */
export type CallState = "running" | "asked" | "done" | "failed" | "denied" | "undone" | "unknown";

export function stateOf(part: Part): CallState {
  if (!isOver(part)) return part.state === "approval-requested" ? "asked" : "running";
  if (part.state === "output-available") return "done";
  if (part.state === "output-denied") return "denied";
  return whyNot(part.errorText ?? "");
}

/**
 * A stream has one word for all calls that have brought nothing. The server's own
 * sentences say which of them are not known to have failed.
 */
function whyNot(errorText: string): CallState {
  if (/\bit is not known (whether|yet)\b/i.test(errorText)) return "unknown";
  return /^The answer [\w ]+ before /.test(errorText) ? "undone" : "failed";
}

/** What people call a tool: its title, or else its name in words. */
export function nameOf({ title, toolName = "" }: Part): string {
  if (title) return title;
  const words = toolName
    .replace(/[_-]+|(?<=[a-z\d])(?=[A-Z])/g, " ")
    .replace(/\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase())
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
