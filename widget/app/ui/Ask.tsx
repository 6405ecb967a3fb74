import { useEffect, useState } from "react";
import { wordsFor } from "../locales/calls";
import { isRecord } from "../protocol";
import { useChatState, useUi } from "./context";

/** What the visitor is asked; staff's questions are nobody else's business, and not found. */
interface Question {
  state: "open" | "approved" | "denied" | "canceled";
  arguments: unknown;
  argumentsHash: string;
}

/** Asks the visitor whether a call may be made, exactly as it is shown. */
export function Ask({ id }: { id: string }) {
  const { chat, locale } = useUi();
  const t = wordsFor(locale.tag);
  const conversation = useChatState((state) => state.thread.conversationId) ?? "";
  const [question, setQuestion] = useState<Question>();
  const [busy, setBusy] = useState(false);
  const [late, setLate] = useState(false);
  useEffect(() => {
    chat.api.approval<Question>(conversation, id).then(setQuestion, () => {});
  }, [chat, conversation, id]);
  if (question?.state !== "open") return null;
  const say = async (approve: boolean) => {
    setBusy(true);
    const said = { approve, argumentsHash: question.argumentsHash };
    try {
      setQuestion(await chat.api.approval<Question>(conversation, id, said));
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
