import { type FormEvent, useId, useState } from "react";
import type { Rating } from "../protocol";
import { useStrings, useUi } from "./context";
import { Icon } from "./icons";

interface FeedbackProps {
  id: string;
  rating: Rating | undefined;
}

/** Thumbs, and room for a sentence about them. A second press takes a thumb back. */
export function Feedback({ id, rating }: FeedbackProps) {
  const t = useStrings();
  const { chat } = useUi();
  // What was just given: the list may still show what the server knew before.
  const [given, setGiven] = useState<Rating | null>(null);
  const [thanked, setThanked] = useState(false);

  const rate = (wanted: Rating) => {
    const next = rating === wanted ? null : wanted;
    setGiven(next);
    setThanked(false);
    void chat.rate(id, next);
  };
  const comment = async (text: string) => {
    setGiven(null);
    if (text && given) setThanked(await chat.rate(id, given, text));
  };
  return (
    <>
      <Thumb label={t.helpful} pressed={rating === "up"} onPress={() => rate("up")}>
        <Icon name="thumbUp" />
      </Thumb>
      <Thumb label={t.unhelpful} pressed={rating === "down"} onPress={() => rate("down")}>
        <Icon name="thumbDown" />
      </Thumb>
      {thanked && (
        <span className="fine" role="status">
          {t.commentThanks}
        </span>
      )}
      {given && <CommentForm onDone={comment} />}
    </>
  );
}

interface ThumbProps {
  label: string;
  pressed: boolean;
  onPress: () => void;
  children: React.ReactNode;
}

function Thumb({ label, pressed, onPress, children }: ThumbProps) {
  return (
    <button
      type="button"
      className="ghost"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

function CommentForm({ onDone }: { onDone: (text: string) => Promise<void> }) {
  const t = useStrings();
  const id = useId();
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void onDone(text.trim());
  };
  return (
    <form className="comment" onSubmit={submit}>
      <label htmlFor={id}>{t.commentLabel}</label>
      <div className="comment-row">
        <input
          id={id}
          value={text}
          dir="auto"
          maxLength={2000}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" className="small-button" disabled={text.trim() === ""}>
          {t.commentSend}
        </button>
      </div>
    </form>
  );
}
