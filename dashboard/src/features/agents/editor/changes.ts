import { diffLines } from "diff";
import type { AgentConfig } from "@/api/types";
import { outputInWords } from "@/features/agents/editor/output";
import { recoveryLabel } from "@/features/agents/editor/recovery";
import { guardrailsInWords } from "@/features/agents/guardrails/form";
import { formatMoney } from "@/lib/format";

/** One field that differs between two configurations, in words. */
export interface Change {
  label: string;
  before: string;
  after: string;
}

type Describe = [label: string, read: (config: AgentConfig) => string];

const fields: Describe[] = [
  ["Instructions", (c) => c.instructions],
  ["Model", (c) => c.model || "The workspace's default"],
  ["Fallback models", (c) => c.fallbackModels.join("\n")],
  ["Longest answer", (c) => (c.maxOutputTokens ? `${c.maxOutputTokens} tokens` : "No limit")],
  ["Most steps", (c) => (c.maxSteps ? String(c.maxSteps) : "20")],
  ["Highest cost", (c) => (c.maxCostMicros ? formatMoney(c.maxCostMicros) : "No limit")],
  ["Greeting", (c) => c.greeting],
  ["Starter prompts", (c) => c.starterPrompts.join("\n")],
  ["Follow-up questions", (c) => (c.suggestions ? "On" : "Off")],
  ["Form of the answers", (c) => outputInWords(c.output)],
  ["After a failure", (c) => recoveryLabel(c.recovery)],
  ["Tools", (c) => JSON.stringify(c.tools, null, 2)],
  ["Handoff to people", (c) => JSON.stringify(c.human, null, 2)],
  ["Handoffs to other agents", (c) => JSON.stringify(c.handoffs, null, 2)],
  ["Guardrails", (c) => guardrailsInWords(c.guardrails)],
  ["Allowed sites", (c) => c.allowedOrigins.join("\n")],
  ["Title", (c) => c.appearance.title],
  ["Subtitle", (c) => c.appearance.subtitle],
  ["Colour", (c) => c.appearance.color || "Parley's own"],
  ["Position", (c) => c.appearance.position.replace("-", " ")],
  ["Theme", (c) => c.appearance.theme],
  ["Icon", (c) => c.appearance.iconUrl],
];

/** What differs between two configurations, field by field. */
export function changesBetween(before: AgentConfig, after: AgentConfig): Change[] {
  return fields
    .map(([label, read]) => ({ label, before: read(before), after: read(after) }))
    .filter((change) => change.before !== change.after);
}

export interface DiffLine {
  kind: "added" | "removed" | "same";
  text: string;
}

/** Two texts as the lines that were added, removed and kept. */
export function linesBetween(before: string, after: string): DiffLine[] {
  // A missing newline at the end is no difference to a reader.
  return diffLines(`${before}\n`, `${after}\n`).flatMap(({ added, removed, value }) => {
    const kind = added ? "added" : removed ? "removed" : "same";
    return value
      .replace(/\n$/, "")
      .split("\n")
      .map((text): DiffLine => ({ kind, text }));
  });
}
