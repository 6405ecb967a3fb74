import { CopyButton } from "./CopyButton";
import { useStrings } from "./context";

/** A block of code with its language and a button that copies it. */
export function CodeBlock({ code, language }: { code: string; language: string }) {
  const t = useStrings();
  const [name = ""] = language.split(/\s/);
  return (
    <div className="code" dir="ltr">
      <div className="code-bar">
        <span>{name || "text"}</span>
        <CopyButton text={code} label={t.copyCode} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard too */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </div>
  );
}
