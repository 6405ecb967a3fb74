import { useState } from "react";
import { Button } from "@/components/ui/button";
import type { Doing, Line, Timeline } from "@/features/traces/timeline";
import { cn } from "@/lib/cn";
import { formatNumber, formatSpan } from "@/lib/format";

const looks: Record<Doing, { fill: string; swatch: string; label: string }> = {
  waiting: { fill: "fill-line-strong", swatch: "bg-line-strong", label: "waits" },
  answering: { fill: "fill-accent", swatch: "bg-accent", label: "model answers" },
  asking: { fill: "fill-warn", swatch: "bg-warn", label: "people decide" },
  acting: { fill: "fill-success", swatch: "bg-success", label: "tool works" },
  failed: { fill: "fill-danger", swatch: "bg-danger", label: "tool fails" },
};

const shownAtFirst = 40;
const leastShown = 0.5; // per cent: however short it was, it can be seen

interface TimelineTableProps {
  timeline: Timeline;
  /** Leads to the step that a line belongs to. */
  onStep: (step: number) => void;
}

/** Where the time went: a table, whose bars say the same as its numbers. */
export function TimelineTable({ timeline, onStep }: TimelineTableProps) {
  const { lines, total } = timeline;
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(0, shownAtFirst);
  const doings = new Set(lines.flatMap((line) => line.stretches.map(({ doing }) => doing)));
  return (
    <div className="flex flex-col gap-2">
      <table className="w-full table-fixed border-collapse text-[0.8125rem]">
        <caption className="sr-only">Where the time went</caption>
        <colgroup>
          <col className="w-[30%] sm:w-[24%]" />
          <col />
          <col className="w-[5.5rem]" />
        </colgroup>
        <thead className="sr-only">
          <tr>
            <th scope="col">What</th>
            <th scope="col">When</th>
            <th scope="col">Began after</th>
            <th scope="col">Took</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((line) => (
            <LineRow key={line.key} line={line} total={total} onStep={onStep} />
          ))}
        </tbody>
      </table>
      {!all && lines.length > shownAtFirst && (
        <Button size="sm" variant="ghost" className="self-start" onClick={() => setAll(true)}>
          Show all {formatNumber(lines.length)} lines
        </Button>
      )}
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-faint text-xs" aria-label="Colours">
        {Object.entries(looks)
          .filter(([doing]) => doings.has(doing as Doing))
          .map(([doing, { swatch, label }]) => (
            <li key={doing} className="flex items-center gap-1.5">
              <span className={cn("size-2.5 rounded-sm", swatch)} aria-hidden />
              {label}
            </li>
          ))}
      </ul>
    </div>
  );
}

interface LineRowProps {
  line: Line;
  total: number;
  onStep: (step: number) => void;
}

function LineRow({ line, total, onStep }: LineRowProps) {
  const share = (span: number, least = 0) =>
    `${Math.min(100, Math.max(least, (span / total) * 100))}%`;
  return (
    <tr className="group">
      <th scope="row" className="py-1 pe-3 text-start font-normal">
        <button
          type="button"
          onClick={() => onStep(line.step)}
          className={cn(
            "block max-w-full truncate rounded text-start hover:text-accent-text hover:underline",
            line.tool ? "ps-3 text-muted" : "font-medium",
          )}
        >
          {line.title}
        </button>
      </th>
      <td className="py-1">
        <svg
          aria-hidden="true"
          className="h-3.5 w-full overflow-visible rounded-sm bg-sunken"
          preserveAspectRatio="none"
        >
          {line.stretches.map(({ doing, from, to }) => (
            <rect
              key={doing}
              className={cn(looks[doing].fill, line.open && "animate-pulse-soft")}
              x={share(from)}
              width={share(to - from, leastShown)}
              height="100%"
            />
          ))}
        </svg>
        <span className="sr-only">
          {line.stretches
            .map(({ doing, from, to }) => `${looks[doing].label} ${formatSpan(to - from)}`)
            .join(", ")}
        </span>
      </td>
      <td className="sr-only">{formatSpan(line.from)}</td>
      <td className="py-1 ps-3 text-end text-muted tabular-nums">
        {formatSpan(line.to - line.from)}
        {line.open && "…"}
      </td>
    </tr>
  );
}
