import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { Page } from "@/components/layout/page";
import { RefusedPage } from "@/components/refused-page";
import { useDeps } from "@/deps";
import { CurrentProvider } from "@/features/provider/current-provider";
import { ProviderForm } from "@/features/provider/provider-form";
import { providerQuery } from "@/features/provider/queries";
import { useRefusal } from "@/features/session/permissions";
import { meQuery } from "@/features/session/queries";

export const Route = createFileRoute("/_app/provider")({
  loader: async ({ context: { deps } }) => {
    const me = await deps.queries.ensureQueryData(meQuery(deps));
    if (!me.permissions.includes("provider:read")) return;
    await deps.queries.ensureQueryData(providerQuery(deps));
  },
  head: () => ({ meta: [{ title: "Model provider · Parley" }] }),
  component: ProviderPage,
});

function ProviderPage() {
  const refused = useRefusal("provider:read");
  return refused ? <RefusedPage title="Model provider" reason={refused} /> : <ProviderSettings />;
}

function ProviderSettings() {
  const { data: provider } = useSuspenseQuery(providerQuery(useDeps()));
  return (
    <Page
      width="narrow"
      title="Model provider"
      description="Who runs the model that answers: OpenAI, or any server that speaks its API."
    >
      <CurrentProvider provider={provider} />
      <ProviderForm key={provider?.updatedAt ?? "none"} provider={provider} />
    </Page>
  );
}
