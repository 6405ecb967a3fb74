import type { Trace, TraceModelCall, TracePrompt, TraceToolCall } from "@/api/types";
import type { Tone } from "@/components/ui/badge";
import { formatMoney, formatNumber, formatSpan } from "@/lib/format";

interface Standing {
  label: string;
  tone: Tone;
}

const statuses: Record<Trace["status"], Standing> = {
  running: { label: "Running", tone: "accent" },
  awaiting_approval: { label: "Waits for people", tone: "warn" },
  completed: { label: "Completed", tone: "success" },
  stopped: { label: "Stopped", tone: "warn" },
  failed: { label: "Failed", tone: "danger" },
};

export const statusOf = ({ status }: Trace): Standing => statuses[status];

const callStates: Record<NonNullable<TraceToolCall["state"]>, Standing> = {
  requested: { label: "About to be decided", tone: "accent" },
  awaiting: { label: "Waits for a decision", tone: "warn" },
  approved: { label: "Approved", tone: "accent" },
  dispatched: { label: "Under way", tone: "accent" },
  succeeded: { label: "Done", tone: "success" },
  failed: { label: "Did not work", tone: "danger" },
  denied: { label: "Not allowed", tone: "danger" },
  canceled: { label: "Not done", tone: "neutral" },
  outcome_unknown: { label: "Outcome unknown", tone: "warn" },
};

export function callStateOf({ state, error }: TraceToolCall): Standing {
  if (state) return callStates[state];
  return error ? callStates.failed : { label: "Being written", tone: "accent" };
}

const classes = {
  read: "reads, changes nothing",
  idempotent: "changes something, once for its key",
  write: "changes something each time",
};

export const classOf = (call: TraceToolCall) => call.class && classes[call.class];

const decisions = {
  allow: "Allowed",
  deny: "Denied",
  ask_staff: "The team was to be asked",
  ask_visitor: "The visitor was to be asked",
  ask_player: "You were to be asked",
};

/** What was decided about a call before it was made, and why. */
export function decisionOf({ decision, decidedBy }: TraceToolCall): string | undefined {
  if (!decision) return undefined;
  if (decidedBy === "playground") {
    return "Allowed by the tool’s policy; the playground asks before it is made";
  }
  const by = decidedBy === "default" ? "no rule fits, so the default counts" : "a rule fits";
  return `${decisions[decision]}: ${by}`;
}

/** The condition of the rule that has decided, if one has. */
export function ruleOf({ decidedBy }: TraceToolCall): string | undefined {
  return decidedBy === "default" || decidedBy === "playground" ? undefined : decidedBy;
}

const askers = { staff: "The team", visitor: "The visitor", player: "You" };

/** Who was asked about a call, and what they have said. */
export function approvalOf({ approval }: TraceToolCall): string | undefined {
  if (!approval) return undefined;
  const who = askers[approval.asks];
  const plural = approval.asks === "player" ? "have" : "has";
  switch (approval.state) {
    case "open":
      return `${who} ${plural} not decided yet`;
    case "canceled":
      return `${who} did not need to decide any more`;
    default: {
      const verb = approval.state === "approved" ? "approved" : "denied";
      return approval.expired
        ? `Nobody decided in time, which counts as ${verb}`
        : `${who} ${plural} ${verb}`;
    }
  }
}

const failures: Record<string, string> = {
  model_unavailable: "the model could not be reached, or was overloaded",
  model_rejected: "the model refused the request",
  model_credentials: "the provider refused the key",
  handed_over: "the process was shutting down and handed over",
  worker_lost: "the process that made the attempt died",
  timed_out: "it took too long",
};

/** How often something was tried, where that is worth a word. */
export function attemptsOf(attempts: number | undefined, failure?: string): string | undefined {
  if (!attempts || attempts < 2) return undefined;
  const why = failure && (failures[failure] ?? "something failed inside");
  return `${formatNumber(attempts)} attempts${why ? `: ${why}` : ""}`;
}

const prompts: Record<TracePrompt["state"], Standing & { text: string }> = {
  sent: {
    label: "As it was sent",
    tone: "success",
    text: "Its hash is that of what the model was asked.",
  },
  changed: {
    label: "Has changed since",
    tone: "warn",
    text: "Something that it is made of has changed since, like an earlier answer. This is not, word for word, what was sent.",
  },
  unknown: {
    label: "Put together again",
    tone: "neutral",
    text: "It is made of what is stored. Whether it is word for word what was sent is known once a step has ended, in the process that began it.",
  },
};

export const promptStateOf = ({ state }: TracePrompt) => prompts[state];

export function tokensOf(usage: { inputTokens: number; outputTokens: number }): string {
  return `${formatNumber(usage.inputTokens)} → ${formatNumber(usage.outputTokens)}`;
}

/** What something has cost, as far as anybody can say. */
export function costOf(cost: { costMicros: number; unpriced?: boolean }): string {
  return cost.unpriced ? "Unknown" : formatMoney(cost.costMicros);
}

/** What there is to say of a call's cost beyond the sum. */
export function costNoteOf(call: TraceModelCall, over: boolean): string | undefined {
  if (call.unpriced) {
    return `Not in the list of prices: budgets count ${formatMoney(call.costMicros)} for it`;
  }
  if (call.state === "reported") return undefined;
  return over ? "Not reported by the provider: an estimate" : "Not reported yet";
}

/** Milliseconds from the question to the first words; undefined before there are any. */
export function firstWordsOf({ createdAt, firstTextAt }: Trace): number | undefined {
  return firstTextAt ? Math.max(0, Date.parse(firstTextAt) - Date.parse(createdAt)) : undefined;
}

/** A row of a comparison of two runs. */
export interface Compared {
  label: string;
  one: string;
  other: string;
  /** How the one differs from the other, in per cent of the other; undefined: it cannot be said. */
  change: number | undefined;
}

/** Two runs side by side. */
export function compare(one: Trace, other: Trace): Compared[] {
  const span = (trace: Trace) =>
    trace.finishedAt ? Date.parse(trace.finishedAt) - Date.parse(trace.createdAt) : undefined;
  const rows: [string, (trace: Trace) => number | undefined, (value: number) => string][] = [
    ["Time", span, formatSpan],
    ["First words after", firstWordsOf, formatSpan],
    ["Steps", ({ steps }) => steps.length, formatNumber],
    [
      "Calls of tools",
      ({ steps }) => steps.reduce((sum, step) => sum + step.toolCalls.length, 0),
      formatNumber,
    ],
    ["Tokens in", ({ usage }) => usage.inputTokens, formatNumber],
    ["Tokens out", ({ usage }) => usage.outputTokens, formatNumber],
    ["Cost", ({ usage, unpriced }) => (unpriced ? undefined : usage.costMicros), formatMoney],
  ];
  return rows.map(([label, read, print]) => {
    const [a, b] = [read(one), read(other)];
    const say = (value: number | undefined) => (value === undefined ? "Unknown" : print(value));
    return { label, one: say(a), other: say(b), change: changeOf(a, b) };
  });
}

function changeOf(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || !other) return undefined;
  return Math.round(((one - other) / other) * 100);
}
