import { ArrowRight } from "lucide-react";
import { type Change, type DiffLine, linesBetween } from "@/features/agents/editor/changes";
import { cn } from "@/lib/cn";

const shortEnough = 60; // characters that fit on one line beside their predecessor

/** Changed fields: short ones as before → after, long ones line by line. */
export function ChangeList({ changes }: { changes: Change[] }) {
  return (
    <ul className="flex flex-col gap-4">
      {changes.map((change) => (
        <li key={change.label} className="flex flex-col gap-1.5">
          <h3 className="font-medium">{change.label}</h3>
          {isShort(change.before) && isShort(change.after) ? (
            <BeforeAfter change={change} />
          ) : (
            <Lines lines={linesBetween(change.before, change.after)} />
          )}
        </li>
      ))}
    </ul>
  );
}

function isShort(text: string): boolean {
  return text.length <= shortEnough && !text.includes("\n");
}

function BeforeAfter({ change }: { change: Change }) {
  return (
    <p className="flex flex-wrap items-center gap-2 text-muted wrap-anywhere">
      <del className="no-underline">{change.before || "Empty"}</del>
      <ArrowRight className="size-3.5 shrink-0 text-faint rtl:rotate-180" aria-label="becomes" />
      <ins className="font-medium text-ink no-underline">{change.after || "Empty"}</ins>
    </p>
  );
}

const looks = {
  added: { mark: "+", name: "Added: ", row: "bg-success-soft text-success-text" },
  removed: { mark: "−", name: "Removed: ", row: "bg-danger-soft text-danger-text" },
  same: { mark: "", name: "", row: "text-muted" },
};

function Lines({ lines }: { lines: DiffLine[] }) {
  return (
    <div
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="max-h-72 overflow-auto rounded-control border bg-paper py-1 font-mono text-xs leading-5"
    >
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines never move
        <div key={index} className={cn("flex min-h-5 gap-2 px-3", looks[line.kind].row)}>
          <span aria-hidden className="w-3 shrink-0 select-none">
            {looks[line.kind].mark}
          </span>
          <span className="sr-only">{looks[line.kind].name}</span>
          <span className="min-w-0 whitespace-pre-wrap wrap-anywhere">{line.text}</span>
        </div>
      ))}
    </div>
  );
}
