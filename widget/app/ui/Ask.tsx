import { useEffect, useState } from "react";
import { wordsFor } from "../locales/calls";
import { isRecord } from "../protocol";
import { useChatState, useUi } from "./context";

interface Question {
  id: string;
  arguments: unknown;
  argumentsHash: string;
}

/** Asks the visitor whether a call may be made, exactly as it is shown. */
export function Ask({ id }: { id: string }) {
  const { chat, locale } = useUi();
  const t = wordsFor(locale.tag);
  const conversation = useChatState((state) => state.thread.conversationId) ?? "";
  const path = `v1/conversations/${conversation}/approvals`;
  const [question, setQuestion] = useState<Question>();
  const [busy, setBusy] = useState(false);
  const [late, setLate] = useState(false);
  useEffect(() => {
    chat.api.json<{ items: Question[] }>("GET", path).then(
      ({ items }) => setQuestion(items.find((item) => item.id === id)),
      () => {},
    );
  }, [chat, path, id]);
  if (!question) return null;
  const say = async (approve: boolean) => {
    setBusy(true);
    const { argumentsHash } = question;
    try {
      await chat.api.json("POST", `${path}/${id}/decision`, { approve, argumentsHash });
      setQuestion(undefined);
    } catch {
      setLate(true);
      setBusy(false);
    }
  };
  const values = isRecord(question.arguments) ? Object.entries(question.arguments) : [];
  return (
    <fieldset className="ask">
      <legend className="sr">{t.mayI}</legend>
      <p className="ask-title" aria-hidden="true">
        {t.mayI}
      </p>
      <dl>
        {values.map(([name, value]) => (
          <div key={name}>
            <dt>{name.replace(/[_-]+/g, " ")}</dt>
            <dd dir="auto">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
      {late && <p role="alert">{t.late}</p>}
      <div className="ask-buttons">
        <button type="button" className="small-button" disabled={busy} onClick={() => say(true)}>
          {t.yes}
        </button>
        <button type="button" className="chip" disabled={busy} onClick={() => say(false)}>
          {t.no}
        </button>
      </div>
    </fieldset>
  );
}
