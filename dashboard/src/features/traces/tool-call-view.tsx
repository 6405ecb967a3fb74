import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { TraceToolCall } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { CodeBlock } from "@/components/ui/code-block";
import { printed, readable } from "@/features/approvals/words";
import {
  approvalOf,
  attemptsOf,
  callStateOf,
  classOf,
  decisionOf,
  ruleOf,
} from "@/features/traces/words";
import { formatDuration } from "@/lib/format";

/** What the model had done: why it was allowed, what was sent, and what came back. */
export function ToolCallView({ call }: { call: TraceToolCall }) {
  const { label, tone } = callStateOf(call);
  const rule = ruleOf(call);
  return (
    <section
      aria-label={`Call of ${call.tool}`}
      className="flex flex-col gap-3 rounded-control border bg-surface p-3"
    >
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h4 className="font-medium wrap-anywhere">{call.title || readable(call.tool)}</h4>
        <Badge tone={tone}>{label}</Badge>
        {call.dispatchedAt && call.finishedAt && (
          <span className="ms-auto text-muted text-xs tabular-nums">
            {formatDuration(call.dispatchedAt, call.finishedAt)}
          </span>
        )}
      </header>
      <dl className="grid gap-x-4 gap-y-1 text-[0.8125rem] sm:grid-cols-[6.5rem_1fr]">
        <Fact name="Tool">
          <code className="font-mono">{call.tool}</code>
          {call.class && <span className="text-muted">, {classOf(call)}</span>}
        </Fact>
        {call.decision && (
          <Fact name="Policy">
            {decisionOf(call)}
            {rule && <code className="ms-1 rounded bg-sunken px-1 font-mono">{rule}</code>}
          </Fact>
        )}
        {call.approval && (
          <Fact name="Asked">
            {approvalOf(call)}, after{" "}
            {formatDuration(
              call.approval.createdAt,
              call.approval.decidedAt ?? new Date().toISOString(),
            )}
            {call.approval.reason && <span className="text-muted">: “{call.approval.reason}”</span>}
            {call.approval.asks === "staff" && (
              <Link
                to="/approvals/$approvalId"
                params={{ approvalId: call.approval.id }}
                className="ms-2 font-medium text-accent-text underline-offset-4 hover:underline"
              >
                Show
              </Link>
            )}
          </Fact>
        )}
        {call.attempts > 1 && <Fact name="Sent">{attemptsOf(call.attempts)}</Fact>}
        {call.reusedFrom && (
          <Fact name="Not sent">
            The answer that this one replaces has done the same already: its outcome counts.
          </Fact>
        )}
        {call.finishedAt && !call.told && (
          <Fact name="Late">The model went on without knowing what came of it.</Fact>
        )}
      </dl>
      {call.arguments !== undefined && (
        <CodeBlock label="arguments" code={printed(call.arguments)} />
      )}
      {call.output !== undefined && call.output !== null && (
        <CodeBlock label="result" code={printed(call.output)} />
      )}
      {call.error && <p className="text-danger-text wrap-anywhere">{call.error}</p>}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </>
  );
}
