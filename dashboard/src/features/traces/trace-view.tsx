import { useQuery } from "@tanstack/react-query";
import { Download, ExternalLink } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Trace } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Alert } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Loading, Skeleton } from "@/components/ui/skeleton";
import { useDeps } from "@/deps";
import { useRefusal } from "@/features/session/permissions";
import { traceQuery } from "@/features/traces/queries";
import { CallTable, StepView } from "@/features/traces/step-view";
import { timelineOf } from "@/features/traces/timeline";
import { TimelineTable } from "@/features/traces/timeline-table";
import { costOf, firstWordsOf, statusOf, tokensOf } from "@/features/traces/words";
import { formatCount, formatMoney, formatNumber, formatSpan } from "@/lib/format";

interface TraceViewProps {
  conversationId: string;
  turnId: string;
  /** What else can be done with the trace. */
  actions?: ReactNode;
}

/** How an answer came about, step by step; it follows one that is being given. */
export function TraceView({ conversationId, turnId, actions }: TraceViewProps) {
  const query = useQuery(traceQuery(useDeps(), conversationId, turnId));
  if (query.data)
    return <TraceBody trace={query.data} seen={query.dataUpdatedAt} actions={actions} />;
  if (query.isError) {
    return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <Loading label="Loading the trace">
      <div className="flex flex-col gap-3">
        <Skeleton className="h-20 rounded-card" />
        <Skeleton className="h-32 rounded-card" />
        <Skeleton className="h-11 rounded-card" />
      </div>
    </Loading>
  );
}

interface TraceBodyProps {
  trace: Trace;
  /** When it was read, in milliseconds. */
  seen: number;
  actions?: ReactNode;
}

function TraceBody({ trace, seen, actions }: TraceBodyProps) {
  const timeline = timelineOf(trace, seen);
  const { isOpen, toggle, show } = useOpenSteps(trace);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Summary trace={trace} total={timeline.total} actions={actions} />
      <Notes trace={trace} />
      {timeline.lines.length > 0 ? (
        <TimelineTable timeline={timeline} onStep={show} />
      ) : (
        <p className="text-muted">The model has not been asked yet.</p>
      )}
      <div className="flex flex-col gap-2">
        {trace.steps.map((step) => (
          <StepView
            key={step.number}
            turnId={trace.turnId}
            step={step}
            open={isOpen(step.number)}
            onToggle={(open) => toggle(step.number, open)}
          />
        ))}
      </div>
      {trace.other.length > 0 && (
        <div className="flex flex-col gap-2">
          <h3 className="font-medium">Besides the answer</h3>
          <CallTable calls={trace.other} over={trace.finishedAt !== undefined} />
        </div>
      )}
    </div>
  );
}

/** Which steps show their inside: a single one by itself, others when somebody looks. */
function useOpenSteps({ steps }: Trace) {
  const [chosen, setChosen] = useState<ReadonlyMap<number, boolean>>(new Map());
  const toggle = (step: number, open: boolean) =>
    setChosen((before) => (before.get(step) === open ? before : new Map(before).set(step, open)));
  return {
    isOpen: (step: number) => chosen.get(step) ?? steps.length === 1,
    toggle,
    show: (step: number) => {
      toggle(step, true);
      document
        .getElementById(`step-${step}`)
        ?.scrollIntoView({ behavior: "smooth", block: "start" });
    },
  };
}

interface SummaryProps {
  trace: Trace;
  total: number;
  actions?: ReactNode;
}

function Summary({ trace, total, actions }: SummaryProps) {
  const { label, tone } = statusOf(trace);
  const first = firstWordsOf(trace);
  const running = trace.status === "running";
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <span role="status">
          <Badge tone={tone}>{label}</Badge>
        </span>
        <span className="text-muted text-[0.8125rem]">{versionOf(trace)}</span>
        <div className="ms-auto flex flex-wrap items-center gap-1">
          {actions}
          <CopyButton
            text={JSON.stringify(trace, null, 2)}
            label="Copy trace as JSON"
            variant="ghost"
            iconOnly
          />
          <Links trace={trace} />
        </div>
      </div>
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-card border bg-line sm:grid-cols-4">
        <Fact name={running ? "Time so far" : "Time"} value={formatSpan(total)} />
        <Fact name="First words" value={first === undefined ? "None yet" : formatSpan(first)} />
        <Fact name="Tokens" value={tokensOf(trace.usage)} note={detailOf(trace)} />
        <Fact
          name="Cost"
          value={costOf({ costMicros: trace.usage.costMicros, unpriced: trace.unpriced })}
          note={`${formatCount(trace.steps.length, "step")}`}
        />
      </dl>
    </div>
  );
}

function versionOf({ agentVersion, revision }: Trace): string {
  return agentVersion === 0 ? `Draft, revision ${revision}` : `Version ${agentVersion}`;
}

function detailOf({ usage }: Trace): string | undefined {
  const notes = [];
  if (usage.cachedTokens > 0) notes.push(`${formatNumber(usage.cachedTokens)} cached`);
  if (usage.reasoningTokens > 0) notes.push(`${formatNumber(usage.reasoningTokens)} reasoning`);
  return notes.join(", ") || undefined;
}

interface FactProps {
  name: string;
  value: string;
  note?: string;
}

function Fact({ name, value, note }: FactProps) {
  return (
    <div className="flex min-w-0 flex-col bg-surface px-3 py-2">
      <dt className="text-faint text-xs">{name}</dt>
      <dd className="font-medium text-base tabular-nums wrap-anywhere">
        {value}
        {note && <span className="block font-normal text-faint text-xs">{note}</span>}
      </dd>
    </div>
  );
}

/** What has to be known to read the numbers right. */
function Notes({ trace }: { trace: Trace }) {
  const { usage, unpriced, error, log, attempts, finishedAt } = trace;
  return (
    <>
      {error && (
        <Alert tone="danger" title="The answer failed">
          {error.message}
        </Alert>
      )}
      {trace.status === "awaiting_approval" && (
        <Alert tone="warn" title="It waits for people">
          Once they have decided, another answer goes on.
        </Alert>
      )}
      {unpriced && (
        <Alert tone="warn" title="Nobody here knows what this model costs">
          It is not in the list of prices. Budgets count {formatMoney(usage.costMicros)} for it,
          which may be far off.
        </Alert>
      )}
      {finishedAt && usage.unreported > 0 && (
        <p className="text-[0.8125rem] text-muted">
          {formatCount(usage.unreported, "call")} to the model{" "}
          {usage.unreported === 1 ? "was" : "were"} never reported by its provider. Their tokens are
          not counted, their cost is an estimate.
        </p>
      )}
      {log === "gone" && (
        <p className="text-[0.8125rem] text-muted">
          This answer is old: when each word came is not kept any more.
        </p>
      )}
      {attempts === "unavailable" && (
        <p className="text-[0.8125rem] text-muted">
          Temporal could not be asked how often each step was tried.
        </p>
      )}
    </>
  );
}

function Links({ trace }: { trace: Trace }) {
  const { baseUrl } = useDeps();
  const mayExport = useRefusal("turns:export") === undefined;
  return (
    <>
      {mayExport && trace.finishedAt && (
        <Button asChild size="iconSm" variant="ghost">
          <a
            href={`${baseUrl}/v1/turns/${trace.turnId}/export`}
            download={`${trace.turnId}.turn`}
            aria-label="Download everything that is known of this answer"
            title="Download as a .turn file"
          >
            <Download aria-hidden />
          </a>
        </Button>
      )}
      {trace.temporalUrl && (
        <Button asChild size="iconSm" variant="ghost">
          <a
            href={trace.temporalUrl}
            target="_blank"
            rel="noreferrer"
            aria-label="Open the run in Temporal Web, in a new tab"
            title="Open the run in Temporal Web"
          >
            <ExternalLink aria-hidden />
          </a>
        </Button>
      )}
    </>
  );
}
