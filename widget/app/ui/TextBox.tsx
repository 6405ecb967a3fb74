import type { KeyboardEvent, RefObject } from "react";

interface TextBoxProps {
  text: string;
  label: string;
  placeholder?: string;
  box?: RefObject<HTMLTextAreaElement | null>;
  onText(text: string): void;
  onEnter(): void;
}

/** Enter is for whoever draws it, Shift+Enter breaks the line, and it grows with its text. */
export function TextBox({ text, label, placeholder, box, onText, onEnter }: TextBoxProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that ends the composition of a word (Japanese, Chinese …) belongs to the editor.
    const composing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    onEnter();
  };
  return (
    <div className="grow" data-text={text}>
      <textarea
        ref={box}
        rows={1}
        value={text}
        dir={text.trim() ? "auto" : undefined}
        aria-label={label}
        placeholder={placeholder}
        maxLength={16_000}
        onChange={(event) => onText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}
