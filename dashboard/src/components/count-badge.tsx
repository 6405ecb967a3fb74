import { useEffect, useRef } from "react";

interface CountBadgeProps {
  count: number;
  /** What is counted, for those who hear the page. */
  label: string;
}

/** How many of something wait, beside the name of their room. */
export function CountBadge({ count, label }: CountBadgeProps) {
  if (count === 0) return null;
  return (
    <span className="min-w-5 rounded-full bg-accent px-1.5 text-center font-semibold text-accent-ink text-xs leading-5 tabular-nums">
      <span aria-hidden>{count > 99 ? "99+" : count}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}

/** Tells of new ones while the tab is hidden, where the reader has allowed that. */
export function useCountNotice(count: number | undefined, body: string, tag: string) {
  const before = useRef<number | undefined>(undefined);
  useEffect(() => {
    const known = before.current;
    before.current = count;
    if (count === undefined || known === undefined || count <= known || !document.hidden) return;
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    new Notification("Parley", { body, tag });
  }, [count, body, tag]);
}
