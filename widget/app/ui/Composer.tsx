import { useEffect, useState } from "react";
import { isAnswering } from "../state/thread";
import { useChatState, useStrings, useUi } from "./context";
import { Icon } from "./icons";
import { TextBox } from "./TextBox";

/** Where the visitor writes: Enter sends. */
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
        <TextBox
          text={text}
          label={t.message}
          placeholder={t.placeholder}
          onText={(written) => {
            setText(written);
            setEarly(false);
          }}
          onEnter={send}
        />
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
