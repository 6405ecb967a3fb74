import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { Page } from "@/components/layout/page";
import { useDeps } from "@/deps";
import { conversationsQuery } from "@/features/conversations/queries";
import { LaunchChecklist } from "@/features/home/launch-checklist";
import { checklistQuery, usageQuery } from "@/features/home/queries";
import { RecentConversations } from "@/features/home/recent-conversations";
import { UsageCard } from "@/features/home/usage-card";
import { meQuery } from "@/features/session/queries";

export const Route = createFileRoute("/_app/")({
  loader: ({ context: { deps } }) =>
    Promise.all([
      deps.queries.ensureQueryData(checklistQuery(deps)),
      deps.queries.ensureQueryData(usageQuery(deps)),
      deps.queries.ensureInfiniteQueryData(conversationsQuery(deps, {})),
    ]),
  head: () => ({ meta: [{ title: "Home · Parley" }] }),
  component: Home,
});

function Home() {
  const { data: me } = useSuspenseQuery(meQuery(useDeps()));
  const first = me.user.name.trim().split(/\s+/)[0];
  return (
    <Page
      title={first ? `Hello, ${first}` : "Home"}
      description={`What is going on in ${me.tenant.name}.`}
    >
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="flex min-w-0 flex-col gap-6">
          <LaunchChecklist />
          <RecentConversations />
        </div>
        <UsageCard />
      </div>
    </Page>
  );
}
