import { ExternalLink } from "lucide-react";
import type { Turn } from "@/api/types";
import { formatDuration, formatMoney, formatNumber } from "@/lib/format";

/** How an answer came about: version, time, tokens, cost, and its run in Temporal Web. */
export function TurnFacts({ turn }: { turn: Turn }) {
  return (
    <>
      <span className="text-faint text-xs tabular-nums">{factsOf(turn).join(" · ")}</span>
      {turn.temporalUrl && (
        <a
          href={turn.temporalUrl}
          target="_blank"
          rel="noreferrer"
          className="inline-flex items-center gap-1 rounded font-medium text-accent-text text-xs underline-offset-4 hover:underline"
        >
          Open run
          <ExternalLink className="size-3" aria-hidden />
          <span className="sr-only">in Temporal Web, in a new tab</span>
        </a>
      )}
    </>
  );
}

function factsOf({ agentVersion, createdAt, finishedAt, usage }: Turn): string[] {
  const facts = [`v${agentVersion}`];
  if (finishedAt) facts.push(formatDuration(createdAt, finishedAt));
  if (usage) {
    facts.push(`${formatNumber(usage.inputTokens)} → ${formatNumber(usage.outputTokens)} tokens`);
    facts.push(formatMoney(usage.costMicros));
  }
  return facts;
}
