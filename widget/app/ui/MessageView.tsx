import { type KeyboardEvent, memo, useEffect, useRef, useState } from "react";
import { Markdown } from "../markdown/Markdown";
import type { Part } from "../protocol";
import { isShown, type Row } from "../state/rows";
import type { Entry } from "../state/thread";
import { isOver, type TurnNotice, textOf } from "../state/turn";
import { CopyButton } from "./CopyButton";
import { useStrings, useUi } from "./context";
import { Feedback } from "./Feedback";
import { focusMessages } from "./focus";
import { Icon } from "./icons";
import { useCalls, usePeople } from "./lazy";
import { Pager } from "./Pager";
import { TextBox } from "./TextBox";
import { sentenceFor } from "./words";

interface UserMessageProps {
  entry: Entry;
  /** Nothing is being answered: the visitor may go back. */
  idle: boolean;
}

export const UserMessage = memo(function UserMessage({ entry, idle }: UserMessageProps) {
  const t = useStrings();
  const [editing, setEditing] = useState(false);
  const left = useRef(false);
  const leave = () => {
    left.current = true;
    setEditing(false);
  };
  const takeFocusBack = (button: HTMLButtonElement | null) => {
    if (left.current) button?.focus();
    left.current = false;
  };
  const faded = entry.state === "sending" || entry.state === "pending";
  return (
    <li className="message user" data-state={entry.state}>
      <span className="sr">{t.you}: </span>
      {editing && idle ? (
        <EditForm entry={entry} onDone={leave} />
      ) : (
        <div className={faded ? "bubble faded" : "bubble"} part="user-message" dir="auto">
          {textOf(entry.parts)}
        </div>
      )}
      {entry.state === "complete" && idle && !editing && (
        <div className={entry.versions ? "actions" : "actions shy"}>
          <button
            ref={takeFocusBack}
            type="button"
            className="ghost"
            aria-label={t.edit}
            title={t.edit}
            onClick={() => setEditing(true)}
          >
            <Icon name="compose" />
          </button>
          <Pager entry={entry} />
        </div>
      )}
      {entry.state === "pending" && <p className="fine">{t.queued}</p>}
      {entry.state === "sending" && <p className="fine late">{t.sending}</p>}
      {entry.state === "unsent" && <Unsent entry={entry} />}
    </li>
  );
});

/** The message again, to be put differently. Escape leaves it as it is. */
function EditForm({ entry, onDone }: { entry: Entry; onDone: () => void }) {
  const t = useStrings();
  const { chat } = useUi();
  const said = textOf(entry.parts);
  const [text, setText] = useState(said);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => box.current?.focus(), []);
  const send = () => {
    const wanted = text.trim();
    if (!wanted || wanted === said) return onDone();
    focusMessages(box.current);
    void chat.edit(entry.key, wanted);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onDone();
  };
  return (
    <form
      className="composer edit"
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <TextBox text={text} label={t.edit} box={box} onText={setText} onEnter={send} />
      <button type="button" className="link quiet" onClick={onDone}>
        {t.cancel}
      </button>
      <button type="submit" className="send" aria-label={t.send} title={t.send}>
        <Icon name="up" />
      </button>
    </form>
  );
}

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
  idle: boolean;
}

export const Answer = memo(function Answer({ row, live, last, idle }: AnswerProps) {
  const t = useStrings();
  const { entry, parts, ends } = row;
  const note = parts[0]?.type === "data-handoff" && parts[0];
  const people = usePeople(Boolean(note));
  if (note) return <li className="message">{people && <people.Note part={note} />}</li>;
  return (
    <li className={live ? "message answer live" : "message answer"} data-state={entry.state}>
      {entry.author ? (
        <p className="fine">{entry.author}</p>
      ) : (
        <span className="sr">{t.assistant}: </span>
      )}
      {passages(parts).map((passage, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts are only added at the end
        <Passage key={index} parts={passage} />
      ))}
      {ends && !live && entry.turnId && <Ending entry={entry} last={last} idle={idle} />}
    </li>
  );
}, isSameAnswer);

/** Cuts an answer where words and calls of tools take turns. */
function passages(parts: Part[]): Part[][] {
  const cut: Part[][] = [];
  for (const part of parts.filter(isShown)) {
    const last = cut.at(-1);
    if (last?.[0]?.type === part.type) last.push(part);
    else cut.push([part]);
  }
  return cut;
}

function Passage({ parts }: { parts: Part[] }) {
  const isCalls = parts[0]?.type !== "text";
  const calls = useCalls(isCalls);
  if (calls && isCalls) return <calls.Calls parts={parts} />;
  if (isCalls) {
    return parts.map((part) => (
      <div key={part.toolCallId} className="waiting">
        {!isOver(part) && <Dots />}
      </div>
    ));
  }
  return (
    <div className="prose" part="assistant-message" dir="auto">
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts are only added at the end
        <Markdown key={index} text={part.text ?? ""} open={part.state === "streaming"} />
      ))}
    </div>
  );
}

/** Rows are made anew with each change; what they are made of is not. */
function isSameAnswer(before: AnswerProps, after: AnswerProps): boolean {
  const same = before.row.entry === after.row.entry && before.row.ends === after.row.ends;
  const isPlaced = before.last === after.last && before.idle === after.idle;
  return same && isPlaced && before.live === after.live;
}

interface EndingProps {
  entry: Entry;
  last: boolean;
  idle: boolean;
}

function Ending({ entry, last, idle }: EndingProps) {
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
      <div className={last || entry.versions ? "actions" : "actions shy"}>
        {text && <CopyButton text={text} label={t.copy} />}
        {whole && entry.id && <Feedback id={entry.id} rating={entry.rating} />}
        {last && <AskAgain entryKey={entry.key} whole={whole} />}
        {idle && <Pager entry={entry} />}
      </div>
    </>
  );
}

/** In words where something went wrong, and else as quiet as its neighbours. */
function AskAgain({ entryKey, whole }: { entryKey: string; whole: boolean }) {
  const t = useStrings();
  const { chat } = useUi();
  return (
    <button
      type="button"
      className={whole ? "ghost" : "link"}
      aria-label={t.askAgain}
      title={whole ? t.askAgain : undefined}
      onClick={(event) => {
        focusMessages(event.currentTarget);
        chat.askAgain(entryKey);
      }}
    >
      {whole ? <Icon name="again" /> : t.askAgain}
    </button>
  );
}

/** Shown until the first word is there, and again when the server says why it is silent. */
export function Waiting({ notice, link }: { notice: TurnNotice | undefined; link: boolean }) {
  const t = useStrings();
  const words = link ? notice && t[notice] : t.reconnecting;
  return (
    <li className="message waiting" role="status">
      <Dots />
      {words ? <span className="fine">{words}</span> : <span className="sr">{t.thinking}</span>}
    </li>
  );
}

function Dots() {
  return (
    <span className="dots" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}
