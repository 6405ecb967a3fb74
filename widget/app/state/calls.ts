import type { Part } from "../protocol";
import { isOver } from "./turn";

/** What has become of a call: `undone` has not been tried, of `unknown` nobody knows. */
export type CallEnd = "done" | "failed" | "denied" | "undone" | "unknown";

/** The end of the call that a part is about; undefined while it is under way. */
export function endOf(part: Part): CallEnd | undefined {
  if (!isOver(part)) return undefined;
  if (part.state === "output-available") return "done";
  if (part.state === "output-denied") return "denied";
  return whyNot(part.errorText ?? "");
}

/**
 * A stream has one word for all calls that have brought nothing. The server's own
 * sentences say which of them are not known to have failed.
 */
function whyNot(errorText: string): CallEnd {
  if (/\bit is not known (whether|yet)\b/i.test(errorText)) return "unknown";
  return errorText.endsWith("It was not done.") ? "undone" : "failed";
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
