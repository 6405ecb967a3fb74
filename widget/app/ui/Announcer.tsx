import { useEffect, useRef, useState } from "react";
import { parse, plainText } from "../markdown/parse";
import { SentenceCutter } from "../state/sentences";
import { textOf } from "../state/turn";
import { useChatState } from "./context";
import { useCalls } from "./lazy";

/** So many sentences stay in the region: enough to be spoken, few enough to be cheap. */
const KEPT = 6;

interface Spoken {
  id: number;
  text: string;
}

/** Speaks the running answer to screen readers, one whole sentence at a time. */
export function Announcer() {
  const turn = useChatState((state) => state.thread.turn);
  const ended = useChatState((state) =>
    state.thread.turn ? undefined : state.thread.entries.at(-1),
  );
  const cutter = useRef({ turnId: "", cut: new SentenceCutter(), count: 0 });
  const [spoken, setSpoken] = useState<Spoken[]>([]);
  const called = turn?.parts.filter((part) => part.toolCallId) ?? [];
  const calls = useCalls(called.length > 0);

  useEffect(() => {
    const now = cutter.current;
    if (turn && turn.id !== now.turnId) {
      cutter.current = { turnId: turn.id, cut: new SentenceCutter(), count: now.count };
    }
    const { turnId, cut } = cutter.current;
    const parts = turn?.parts ?? (ended?.turnId === turnId ? ended.parts : undefined);
    if (!turnId || !parts) return;
    const open = turn !== undefined;
    // Without the line's end: the block that is being written has none yet.
    const text = plainText(parse(textOf(parts), open)).trimEnd();
    const fresh = cut.next(text, !open);
    if (fresh.length === 0) return;
    const lines = fresh.map((text) => ({ id: cutter.current.count++, text }));
    setSpoken((before) => [...before, ...lines].slice(-KEPT));
  }, [turn, ended]);

  return (
    <div className="sr" role="log" aria-live="polite" aria-relevant="additions">
      {spoken.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
      {calls && <calls.CallNews parts={called} />}
    </div>
  );
}
