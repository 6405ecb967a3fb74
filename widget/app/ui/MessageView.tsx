import { memo, useEffect, useState } from "react";
import { Markdown } from "../markdown/Markdown";
import type { Row } from "../state/rows";
import type { Entry } from "../state/thread";
import { type TurnNotice, textOf } from "../state/turn";
import { CopyButton } from "./CopyButton";
import { useStrings, useUi } from "./context";
import { Feedback } from "./Feedback";
import { Icon } from "./icons";
import { sentenceFor } from "./words";

export const UserMessage = memo(function UserMessage({ entry }: { entry: Entry }) {
  const t = useStrings();
  const faded = entry.state === "sending" || entry.state === "pending";
  return (
    <li className="message user" data-state={entry.state}>
      <span className="sr">{t.you}: </span>
      <div className={faded ? "bubble faded" : "bubble"} part="user-message" dir="auto">
        {textOf(entry.parts)}
      </div>
      {entry.state === "pending" && <p className="fine">{t.queued}</p>}
      {entry.state === "sending" && <p className="fine late">{t.sending}</p>}
      {entry.state === "unsent" && <Unsent entry={entry} />}
    </li>
  );
});

function Unsent({ entry }: { entry: Entry }) {
  const t = useStrings();
  const { chat } = useUi();
  const now = useClock(entry.complaint?.retryAt);
  const tooEarly = now < (entry.complaint?.retryAt ?? 0);
  return (
    <div className="trouble" role="alert">
      <Icon name="alert" />
      <p>
        {t.notSent} {entry.complaint && sentenceFor(entry.complaint, t, now)}
      </p>
      <div className="trouble-actions">
        <button
          type="button"
          className="link"
          disabled={tooEarly}
          onClick={() => chat.resend(entry.key)}
        >
          {t.retry}
        </button>
        <button type="button" className="link quiet" onClick={() => chat.discard(entry.key)}>
          {t.discard}
        </button>
      </div>
    </div>
  );
}

/** The time, ticking until a moment is reached. */
function useClock(until = 0): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (now >= until) return;
    const timer = setTimeout(() => setNow(Date.now()), 1000);
    return () => clearTimeout(timer);
  }, [now, until]);
  return now;
}

export interface AnswerProps {
  row: Row;
  /** More is to come: nothing can be done with it yet. */
  live: boolean;
  last: boolean;
}

export const Answer = memo(function Answer({ row, live, last }: AnswerProps) {
  const t = useStrings();
  const { entry, parts, ends } = row;
  const texts = parts.filter((part) => part.type === "text" && part.text);
  return (
    <li className={live ? "message answer live" : "message answer"} data-state={entry.state}>
      <span className="sr">{t.assistant}: </span>
      <div className="prose" part="assistant-message" dir="auto">
        {texts.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts are only added at the end
          <Markdown key={index} text={part.text ?? ""} open={part.state === "streaming"} />
        ))}
      </div>
      {ends && !live && <Ending entry={entry} last={last} />}
    </li>
  );
}, isSameAnswer);

/** Rows are made anew with each change; what they are made of is not. */
function isSameAnswer(before: AnswerProps, after: AnswerProps): boolean {
  const same = before.row.entry === after.row.entry && before.row.ends === after.row.ends;
  return same && before.live === after.live && before.last === after.last;
}

function Ending({ entry, last }: { entry: Entry; last: boolean }) {
  const t = useStrings();
  const text = textOf(entry.parts);
  const whole = entry.state === "complete";
  return (
    <>
      {entry.state === "stopped" && <p className="fine">{t.stopped}</p>}
      {entry.state === "failed" && (
        <div className="trouble" role={last ? "alert" : undefined}>
          <Icon name="alert" />
          <p>{t.failed}</p>
        </div>
      )}
      <div className={last ? "actions" : "actions shy"}>
        {text && <CopyButton text={text} label={t.copy} />}
        {whole && entry.id && <Feedback id={entry.id} rating={entry.rating} />}
        {!whole && last && <AskAgain entryKey={entry.key} />}
      </div>
    </>
  );
}

function AskAgain({ entryKey }: { entryKey: string }) {
  const t = useStrings();
  const { chat } = useUi();
  return (
    <button type="button" className="link" onClick={() => chat.askAgain(entryKey)}>
      {t.askAgain}
    </button>
  );
}

/** Shown until the first word is there, and again when the server says why it is silent. */
export function Waiting({ notice, link }: { notice: TurnNotice | undefined; link: boolean }) {
  const t = useStrings();
  const words = link ? notice && t[notice] : t.reconnecting;
  return (
    <li className="message waiting" role="status">
      <span className="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {words ? <span className="fine">{words}</span> : <span className="sr">{t.thinking}</span>}
    </li>
  );
}
