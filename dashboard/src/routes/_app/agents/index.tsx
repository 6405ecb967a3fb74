import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { Bot } from "lucide-react";
import { itemsOf } from "@/api/pages";
import { Page } from "@/components/layout/page";
import { MoreButton } from "@/components/more-button";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { useDeps } from "@/deps";
import { AgentList } from "@/features/agents/agent-list";
import { CreateAgent } from "@/features/agents/create-agent";
import { agentsQuery } from "@/features/agents/queries";

export const Route = createFileRoute("/_app/agents/")({
  loader: ({ context: { deps } }) => deps.queries.ensureInfiniteQueryData(agentsQuery(deps)),
  head: () => ({ meta: [{ title: "Agents · Parley" }] }),
  component: Agents,
});

function Agents() {
  const query = useSuspenseInfiniteQuery(agentsQuery(useDeps()));
  const agents = itemsOf(query.data);
  return (
    <Page
      title="Agents"
      description="An agent answers your visitors: its instructions, its model and its looks."
      actions={agents.length > 0 && <CreateAgent />}
    >
      {agents.length === 0 ? <NoAgents /> : <AgentList agents={agents} />}
      <MoreButton query={query} />
    </Page>
  );
}

function NoAgents() {
  return (
    <Card>
      <Empty icon={Bot} title="Create your first agent" action={<CreateAgent />}>
        Tell it what it should know and how it should speak, see it in the preview, and put it on
        your site with one line of HTML.
      </Empty>
    </Card>
  );
}
