import { SendHorizontal, Square } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";

const longest = 32_000; // characters

interface ComposerProps {
  busy: boolean;
  /** Why nothing may be asked now. */
  blocked?: string;
  onSend: (text: string) => Promise<unknown>;
  /** Ends the answer that is being given; undefined: none is. */
  onStop?: () => void;
}

/** Where the draft is asked. What was not sent stays in the box. */
export function Composer({ busy, blocked, onSend, onStop }: ComposerProps) {
  const [text, setText] = useState("");
  const send = async () => {
    const said = text.trim();
    if (said === "" || busy || blocked) return;
    setText("");
    await onSend(said).catch(() => setText((now) => now || said));
  };
  const sendOnEnter = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      className="flex items-end gap-2 border-t p-3"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Textarea
        aria-label="Message to the draft"
        placeholder="Ask the draft…"
        className="max-h-40 min-h-9 flex-1"
        rows={1}
        maxLength={longest}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={sendOnEnter}
      />
      {onStop && (
        <Button size="icon" aria-label="Stop the answer" onClick={onStop}>
          <Square aria-hidden />
        </Button>
      )}
      <Button
        type="submit"
        size="icon"
        variant="primary"
        aria-label="Send"
        busy={busy}
        blocked={blocked}
      >
        {!busy && <SendHorizontal className="rtl:rotate-180" aria-hidden />}
      </Button>
    </form>
  );
}
