import { useQuery } from "@tanstack/react-query";
import { CountBadge, useCountNotice } from "@/components/count-badge";
import { useDeps } from "@/deps";
import { waitingCountQuery } from "@/features/conversations/queries";
import { formatCount } from "@/lib/format";

const watchEvery = 8_000; // ms

/** How many visitors wait for a person's word, beside the name of the conversations' room. */
export function WaitingCount() {
  const { data } = useQuery({
    ...waitingCountQuery(useDeps()),
    refetchInterval: watchEvery,
    refetchIntervalInBackground: true,
  });
  const words = `${formatCount(data?.waiting ?? 0, "visitor")} waiting for a person`;
  useCountNotice(data?.waiting, words, "waiting");
  return <CountBadge count={data?.waiting ?? 0} label={words} />;
}
