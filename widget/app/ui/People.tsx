import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { fill } from "../locales";
import { wordsFor } from "../locales/people";
import { isRecord, type Part } from "../protocol";
import { useChatState, useUi } from "./context";
import css from "./people.css?inline";

const TYPING_LASTS_MS = 5000;
const TYPING_EVERY_MS = 3000;

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/** Brings the styles of these parts into the panel, once. */
function useSheet() {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const root = box.current?.getRootNode();
    if (!(root instanceof ShadowRoot) || root.adoptedStyleSheets.includes(sheet)) return;
    root.adoptedStyleSheets.push(sheet);
  }, []);
  return box;
}

/** Above the composer: who answers, whether they write, and how to have somebody else answer. */
export function People() {
  const { locale } = useUi();
  const t = wordsFor(locale.tag);
  const box = useSheet();
  const conversationId = useChatState((state) => state.thread.conversationId);
  const seen = useChatState((state) => state.conversation);
  const offered = useChatState((state) => state.config?.person === true);
  const conversation = seen && seen.id === conversationId ? seen : undefined;
  const human = conversation?.mode === "human";
  const typing = useTyping();
  useTellTyping(human ? conversationId : undefined, box);
  const name = conversation?.staffName;
  return (
    <div className="people" ref={box}>
      {human && (
        <p className="people-line" role="status">
          {typing ? fill(t.typing, { name: name ?? t.someone }) : undefined}
          {!typing && (name ? fill(t.answers, { name }) : t.waiting)}
        </p>
      )}
      {human && conversationId && <Act id={conversationId} method="DELETE" label={t.back} />}
      {!human && offered && conversationId && (
        <Act id={conversationId} method="POST" label={t.ask} />
      )}
    </div>
  );
}

interface ActProps {
  id: string;
  method: "POST" | "DELETE";
  label: string;
}

/** Asks for a person, or does without one. */
function Act({ id, method, label }: ActProps) {
  const { chat, locale } = useUi();
  const t = wordsFor(locale.tag);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState("");
  const act = async () => {
    setBusy(true);
    setAnswer("");
    try {
      const { opensAt } = await chat.api.json<{ opensAt?: string }>(
        method,
        `v1/conversations/${id}/person`,
      );
      if (opensAt) setAnswer(fill(t.closed, { time: when(opensAt, locale.tag) }));
      chat.reload();
    } catch {
      setAnswer(t.failed);
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" className="link" disabled={busy} onClick={() => void act()}>
        {label}
      </button>
      {answer && (
        <p className="people-line" role="alert">
          {answer}
        </p>
      )}
    </>
  );
}

function when(time: string, tag: string): string {
  const format = new Intl.DateTimeFormat(tag, {
    weekday: "long",
    hour: "numeric",
    minute: "2-digit",
  });
  return format.format(new Date(time));
}

/** Whether somebody of the team has typed in the last seconds. */
function useTyping(): boolean {
  const at = useChatState((state) => state.typingAt ?? 0);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!at) return;
    setNow(at);
    const timer = setTimeout(() => setNow(Date.now()), TYPING_LASTS_MS);
    return () => clearTimeout(timer);
  }, [at]);
  return at + TYPING_LASTS_MS > now;
}

/** Lets the team see that the visitor writes. Nothing depends on it. */
function useTellTyping(id: string | undefined, box: { current: HTMLElement | null }) {
  const { chat } = useUi();
  useEffect(() => {
    const view = box.current?.closest(".view");
    if (!id || !view) return;
    let told = 0;
    const tell = () => {
      if (Date.now() - told < TYPING_EVERY_MS) return;
      told = Date.now();
      chat.api.call(`v1/conversations/${id}/typing`, { method: "POST" }).catch(() => {});
    };
    view.addEventListener("input", tell);
    return () => view.removeEventListener("input", tell);
  }, [chat, id, box]);
}

/** A line across the conversation: somebody else answers from here on. */
export function Note({ part }: { part: Part }): ReactNode {
  const t = wordsFor(useUi().locale.tag);
  const box = useSheet();
  const { state, name } = isRecord(part.data) ? part.data : {};
  const lines: Record<string, string> = {
    waiting: t.asked,
    taken: fill(t.taken, { name: String(name || t.someone) }),
    returned: t.returned,
    unanswered: t.unanswered,
    canceled: t.canceled,
  };
  const line = lines[String(state)];
  return (
    <div className="people-note" ref={box}>
      {line && <p>{line}</p>}
    </div>
  );
}
