import { useEffect, useState } from "react";
import { useStrings } from "./context";
import { Icon } from "./icons";

const CONFIRM_MS = 1_600;

/** Copies a text; absent where the page may not use the clipboard (plain http). */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const t = useStrings();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRM_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  if (!navigator.clipboard) return null;
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  const name = copied ? t.copied : label;
  return (
    <button type="button" className="ghost" aria-label={name} title={name} onClick={copy}>
      {copied ? <Icon name="check" /> : <Icon name="copy" />}
    </button>
  );
}
