import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { CountBadge, useCountNotice } from "@/components/count-badge";
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
  const words = `${formatCount(open, "approval")} waiting`;
  useCountNotice(data?.open, `${words} for a decision`, "approvals");
  useTitle(open);
  return <CountBadge count={open} label={words} />;
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
