import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useDeps } from "@/deps";
import { openApprovalsQuery } from "@/features/approvals/queries";
import { formatCount } from "@/lib/format";

const watchEvery = 8_000; // ms

/** How many approvals wait, beside their room's name and in the tab's title. */
export function OpenCount() {
  const { data } = useQuery({
    ...openApprovalsQuery(useDeps()),
    refetchInterval: watchEvery,
    refetchIntervalInBackground: true,
  });
  const open = data?.open ?? 0;
  useNotice(data?.open);
  useTitle(open);
  if (open === 0) return null;
  return (
    <span className="min-w-5 rounded-full bg-accent px-1.5 text-center font-semibold text-accent-ink text-xs leading-5 tabular-nums">
      <span aria-hidden>{open > 99 ? "99+" : open}</span>
      <span className="sr-only">{formatCount(open, "approval")} waiting</span>
    </span>
  );
}

/** Keeps "(3) " before whatever title the page has. */
function useTitle(open: number) {
  useEffect(() => {
    const mark = () => {
      const bare = document.title.replace(/^\(\d+\+?\) /, "");
      const wanted = open > 0 ? `(${open > 99 ? "99+" : open}) ${bare}` : bare;
      if (document.title !== wanted) document.title = wanted;
    };
    mark();
    const watch = new MutationObserver(mark);
    watch.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => watch.disconnect();
  }, [open]);
}

/** Tells of new ones while the tab is hidden, where the reader has allowed that. */
function useNotice(open: number | undefined) {
  const before = useRef<number | undefined>(undefined);
  useEffect(() => {
    const known = before.current;
    before.current = open;
    if (open === undefined || known === undefined || open <= known || !document.hidden) return;
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    new Notification("Parley", {
      body: `${formatCount(open, "approval")} waiting for a decision`,
      tag: "approvals",
    });
  }, [open]);
}
