import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { TraceModelCall, TraceStep } from "@/api/types";
import { LongText } from "@/features/traces/long-text";
import { PromptView } from "@/features/traces/prompt-view";
import { ToolCallView } from "@/features/traces/tool-call-view";
import { attemptsOf, costNoteOf, costOf, tokensOf } from "@/features/traces/words";
import { formatCount, formatDuration, formatMoney, formatNumber } from "@/lib/format";

interface StepViewProps {
  turnId: string;
  step: TraceStep;
  open: boolean;
  onToggle: (open: boolean) => void;
}

/** One time that the model was asked: what was sent, what came, what it used. */
export function StepView({ turnId, step, open, onToggle }: StepViewProps) {
  return (
    <details
      id={`step-${step.number}`}
      open={open}
      onToggle={({ currentTarget }) => onToggle(currentTarget.open)}
      className="group/step scroll-mt-4 rounded-card border bg-surface shadow-lift"
    >
      <summary className="flex min-h-11 items-center gap-3 rounded-card px-4 py-2">
        <ChevronRight
          className="size-4 shrink-0 text-faint transition-transform group-open/step:rotate-90 rtl:rotate-180"
          aria-hidden
        />
        <h3 className="shrink-0 font-medium">Step {step.number}</h3>
        <span className="min-w-0 flex-1 truncate text-[0.8125rem] text-muted">{gistOf(step)}</span>
        <span className="shrink-0 text-faint text-xs tabular-nums">{costOfStep(step)}</span>
      </summary>
      {open && (
        <div className="flex flex-col gap-5 border-t bg-sunken/50 p-4">
          <Trouble step={step} />
          <Section title="What it used">
            <CallTable calls={step.calls} over={step.endedAt !== undefined} />
          </Section>
          <Sent turnId={turnId} step={step} />
          <Came step={step} />
          {step.toolCalls.length > 0 && (
            <Section title="Calls of tools">
              {step.toolCalls.map((call) => (
                <ToolCallView key={call.id} call={call} />
              ))}
            </Section>
          )}
        </div>
      )}
    </details>
  );
}

function gistOf({ toolCalls, text, endedAt }: TraceStep): string {
  if (toolCalls.length > 0) {
    return `asks for ${toolCalls.map(({ tool }) => tool).join(", ")}`;
  }
  if (text) return text;
  return endedAt ? "says nothing" : "waits for the model";
}

function costOfStep({ calls }: TraceStep): string {
  const micros = calls.reduce((sum, call) => sum + call.costMicros, 0);
  if (calls.some(({ unpriced }) => unpriced)) return "cost unknown";
  if (micros === 0 && calls.some(({ state }) => state === "unknown")) return "";
  return formatMoney(micros);
}

function Trouble({ step }: { step: TraceStep }) {
  const notes = [
    attemptsOf(step.attempts, step.lastFailure),
    step.resets
      ? `What it had said was taken back ${formatCount(step.resets, "time")} and said anew`
      : undefined,
  ].filter((note) => note !== undefined);
  if (notes.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 text-[0.8125rem] text-warn-text">
      {notes.map((note) => (
        <li key={note}>{note}.</li>
      ))}
    </ul>
  );
}

interface CallTableProps {
  calls: readonly TraceModelCall[];
  over: boolean;
}

/** Calls to a model as the books have them. */
export function CallTable({ calls, over }: CallTableProps) {
  return (
    <div className="overflow-x-auto rounded-control border bg-surface">
      <table className="w-full text-start text-[0.8125rem] tabular-nums">
        <thead className="text-faint text-xs">
          <tr className="*:px-3 *:py-1.5 *:text-start *:font-normal">
            <th scope="col">Model</th>
            <th scope="col">Tokens</th>
            <th scope="col">Cached</th>
            <th scope="col">Reasoning</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <CallRow key={call.id} call={call} over={over} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const purposes: Record<Exclude<TraceModelCall["purpose"], "answer">, string> = {
  suggestions: "suggestions",
  title: "the title",
  check: "a guardrail",
};

function CallRow({ call, over }: { call: TraceModelCall; over: boolean }) {
  const note = costNoteOf(call, over);
  const known = call.state === "reported";
  return (
    <tr className="border-t align-top *:px-3 *:py-1.5">
      <td className="min-w-36">
        <span className="wrap-anywhere">{call.model || "Not known yet"}</span>
        {call.attempt > 1 && <span className="text-muted">, attempt {call.attempt}</span>}
        {call.purpose !== "answer" && (
          <span className="text-muted">, for {purposes[call.purpose]}</span>
        )}
        {call.responseId && (
          <span className="block font-mono text-faint text-xs wrap-anywhere">
            {call.responseId}
          </span>
        )}
      </td>
      <td className="whitespace-nowrap">{known ? tokensOf(call) : "Unknown"}</td>
      <td>{known ? formatNumber(call.cachedTokens) : ""}</td>
      <td>{known ? formatNumber(call.reasoningTokens) : ""}</td>
      <td className="min-w-24">
        {known || over ? costOf(call) : ""}
        {note && <span className="block text-warn-text text-xs">{note}</span>}
      </td>
    </tr>
  );
}

/** The prompt is long, and read only when somebody looks. */
function Sent({ turnId, step }: { turnId: string; step: TraceStep }) {
  const [open, setOpen] = useState(false);
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="rounded-control py-1 font-medium">What was sent</summary>
      {open && (
        <div className="pt-2">
          <PromptView turnId={turnId} step={step.number} ended={step.endedAt !== undefined} />
        </div>
      )}
    </details>
  );
}

function Came({ step }: { step: TraceStep }) {
  if (!step.text && !step.reasoning) return null;
  const span =
    step.answeredAt && step.endedAt && `, in ${formatDuration(step.answeredAt, step.endedAt)}`;
  return (
    <Section title={`What came${span || ""}`}>
      {step.reasoning && (
        <div className="flex flex-col gap-1 rounded-control border border-dashed px-3 py-2">
          <span className="text-faint text-xs">Reasoning</span>
          <LongText text={step.reasoning} className="text-muted italic" />
        </div>
      )}
      {step.text && (
        <div className="rounded-control border bg-surface px-3 py-2">
          <LongText text={step.text} />
        </div>
      )}
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-2">
      <h4 className="font-medium">{title}</h4>
      {children}
    </div>
  );
}
