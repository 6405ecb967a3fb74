import { type KeyboardEvent, useEffect, useState } from "react";
import { isAnswering } from "../state/thread";
import { useChatState, useStrings, useUi } from "./context";
import { Icon } from "./icons";

/** The text box: Enter sends, Shift+Enter breaks the line, and it grows with its text. */
export function Composer() {
  const t = useStrings();
  const { chat } = useUi();
  const [text, setText] = useState("");
  const answering = useChatState((state) => isAnswering(state.thread));
  const ready = useChatState((state) => state.phase === "ready");
  const empty = text.trim() === "";
  // Whoever is faster than the session need not press Enter twice.
  const [early, setEarly] = useState(false);

  const send = () => {
    if (empty) return;
    setEarly(!ready);
    if (!ready) return;
    void chat.send(text);
    setText("");
  };
  useEffect(() => {
    if (ready && early) send();
  });
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that ends the composition of a word (Japanese, Chinese …) belongs to the editor.
    const composing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    send();
  };
  return (
    <div className="footer" part="footer">
      <form
        className="composer"
        part="composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="grow" data-text={text}>
          <textarea
            rows={1}
            value={text}
            dir={empty ? undefined : "auto"}
            aria-label={t.message}
            placeholder={t.placeholder}
            maxLength={16_000}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setEarly(false);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        {answering && <StopButton />}
        {!(answering && empty) && (
          <button
            type="submit"
            className="send"
            disabled={empty || early}
            aria-label={t.send}
            title={t.send}
          >
            <Icon name="up" />
          </button>
        )}
      </form>
      <SmallPrint />
    </div>
  );
}

function StopButton() {
  const t = useStrings();
  const { chat } = useUi();
  const stopping = useChatState((state) => state.thread.turn?.stopping === true);
  const label = stopping ? t.stopping : t.stop;
  return (
    <button
      type="button"
      className="stop"
      aria-label={label}
      title={label}
      disabled={stopping}
      onClick={() => chat.stop()}
    >
      <Icon name="stop" />
    </button>
  );
}

function SmallPrint() {
  const t = useStrings();
  const simulated = useChatState((state) => state.config?.simulated === true);
  return (
    <p className="small-print">
      {simulated && <span>{t.simulated}</span>}
      <span>{t.poweredBy}</span>
    </p>
  );
}
