import { CopyButton } from "@/components/ui/copy-button";

interface CodeBlockProps {
  /** What the code is, for its heading and the copy button's name: "snippet". */
  label: string;
  code: string;
  copyable?: boolean;
}

export function CodeBlock({ label, code, copyable = true }: CodeBlockProps) {
  return (
    <div className="overflow-hidden rounded-control border bg-sunken">
      <div className="flex h-11 items-center justify-between gap-3 border-b ps-4 pe-1.5">
        <span className="text-muted text-xs first-letter:uppercase">{label}</span>
        {copyable && <CopyButton text={code} label={`Copy ${label}`} />}
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-x-auto p-4 font-mono text-[0.8125rem] leading-6 -outline-offset-2"
      >
        <code>{code}</code>
      </pre>
    </div>
  );
}
