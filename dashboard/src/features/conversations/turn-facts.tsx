import { Download, ExternalLink } from "lucide-react";
import type { ComponentProps } from "react";
import type { Turn } from "@/api/types";
import { useDeps } from "@/deps";
import { useRefusal } from "@/features/session/permissions";
import { OpenTrace } from "@/features/traces/open-trace";
import { formatDuration, formatMoney, formatNumber } from "@/lib/format";

/** How an answer came about: version, time, tokens, cost, models, its run in Temporal Web and its recording. */
export function TurnFacts({ turn, models = [] }: { turn: Turn; models?: string[] }) {
  const { baseUrl } = useDeps();
  const mayExport = useRefusal("turns:export") === undefined;
  return (
    <>
      <span className="text-faint text-xs tabular-nums">
        {[...factsOf(turn), ...models].join(" · ")}
      </span>
      <OpenTrace turn={turn} />
      {turn.temporalUrl && (
        <FactLink href={turn.temporalUrl} target="_blank" rel="noreferrer">
          Open run
          <ExternalLink className="size-3" aria-hidden />
          <span className="sr-only">in Temporal Web, in a new tab</span>
        </FactLink>
      )}
      {mayExport && turn.finishedAt && (
        <FactLink
          href={`${baseUrl}/v1/turns/${turn.id}/export`}
          download={`${turn.id}.turn`}
          title="Everything that is known of this answer, as a file"
        >
          Export
          <Download className="size-3" aria-hidden />
          <span className="sr-only">this answer as a file</span>
        </FactLink>
      )}
    </>
  );
}

function FactLink({ children, ...link }: ComponentProps<"a"> & { href: string }) {
  return (
    <a
      {...link}
      className="inline-flex items-center gap-1 rounded font-medium text-accent-text text-xs underline-offset-4 hover:underline"
    >
      {children}
    </a>
  );
}

/** Calls whose tokens nobody has told us: stopped, refused, or cut off by a crash. */
function unreported(calls: number): string {
  return calls === 1 ? "1 call unreported" : `${formatNumber(calls)} calls unreported`;
}

function factsOf({ agentVersion, createdAt, finishedAt, usage }: Turn): string[] {
  const facts = [agentVersion === 0 ? "draft" : `v${agentVersion}`];
  if (finishedAt) facts.push(formatDuration(createdAt, finishedAt));
  if (usage) {
    facts.push(`${formatNumber(usage.inputTokens)} → ${formatNumber(usage.outputTokens)} tokens`);
    facts.push(formatMoney(usage.costMicros));
    if (finishedAt && usage.unreported > 0) facts.push(unreported(usage.unreported));
  }
  return facts;
}
