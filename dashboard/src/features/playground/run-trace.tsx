import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useState } from "react";
import type { Turn } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/input";
import { useDeps } from "@/deps";
import { useDraftTrouble } from "@/features/playground/play-frame";
import { traceQuery } from "@/features/traces/queries";
import { TraceView } from "@/features/traces/trace-view";
import { type Compared, compare } from "@/features/traces/words";
import { formatAgo } from "@/lib/format";

interface RunTraceProps {
  turn: Turn;
  turns: readonly Turn[];
  busy: boolean;
  /** Has the same question answered anew, by the draft as it is now. */
  onAgain: () => void;
}

/** The trace of an answer, beside another one's if somebody wants to compare. */
export function RunTrace({ turn, turns, busy, onAgain }: RunTraceProps) {
  const [otherId, compareWith] = useState("");
  const blocked = useDraftTrouble();
  const others = turns.filter(({ id }) => id !== turn.id);
  const running = turns.some(({ status }) => status === "running");
  const actions = (
    <>
      {others.length > 0 && (
        <Select
          aria-label="Compare with another answer"
          className="w-44"
          value={otherId}
          onChange={({ target }) => compareWith(target.value)}
        >
          <option value="">Compare with…</option>
          {others.map((other) => (
            <option key={other.id} value={other.id}>
              {labelOf(other, turn)}
            </option>
          ))}
        </Select>
      )}
      <Button
        size="sm"
        className="h-9"
        busy={busy}
        blocked={blocked ?? (running ? "An answer is being given." : undefined)}
        onClick={onAgain}
      >
        <RefreshCw aria-hidden /> Run again
      </Button>
    </>
  );
  return (
    <div className="flex flex-col gap-4">
      {otherId && <Comparison turn={turn} otherId={otherId} />}
      <TraceView conversationId={turn.conversationId} turnId={turn.id} actions={actions} />
    </div>
  );
}

function labelOf(other: Turn, turn: Turn): string {
  const same = other.userMessageId === turn.userMessageId ? "Same question" : "Another question";
  return `${same}, ${formatAgo(other.createdAt)}`;
}

function Comparison({ turn, otherId }: { turn: Turn; otherId: string }) {
  const deps = useDeps();
  const one = useQuery(traceQuery(deps, turn.conversationId, turn.id));
  const other = useQuery(traceQuery(deps, turn.conversationId, otherId));
  if (!one.data || !other.data) return null;
  const name = (revision: number) => `revision ${revision}`;
  return (
    <Card className="overflow-x-auto">
      <table className="w-full text-[0.8125rem] tabular-nums">
        <caption className="px-4 pt-3 text-start font-medium text-sm">Two runs compared</caption>
        <thead className="text-faint text-xs">
          <tr className="*:px-4 *:py-2 *:text-start *:font-normal">
            <th scope="col">
              <span className="sr-only">What</span>
            </th>
            <th scope="col">This one, {name(one.data.revision)}</th>
            <th scope="col">The other, {name(other.data.revision)}</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {compare(one.data, other.data).map((row) => (
            <ComparedRow key={row.label} row={row} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function ComparedRow({ row }: { row: Compared }) {
  const { label, one, other, change } = row;
  return (
    <tr className="border-t *:px-4 *:py-1.5">
      <th scope="row" className="text-start font-normal text-muted">
        {label}
      </th>
      <td className="font-medium">{one}</td>
      <td>{other}</td>
      <td className={change && change > 0 ? "text-warn-text" : "text-success-text"}>
        {change !== undefined && change !== 0 && `${change > 0 ? "+" : "−"}${Math.abs(change)} %`}
      </td>
    </tr>
  );
}
