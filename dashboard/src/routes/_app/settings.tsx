import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { Page } from "@/components/layout/page";
import { useDeps } from "@/deps";
import { IdentityCard } from "@/features/settings/identity-card";
import { LimitsForm } from "@/features/settings/limits-form";
import { NameForm } from "@/features/settings/name-form";
import { settingsQuery } from "@/features/settings/queries";
import { ToolSecrets } from "@/features/settings/tool-secrets";

export const Route = createFileRoute("/_app/settings")({
  loader: ({ context: { deps } }) => deps.queries.ensureQueryData(settingsQuery(deps)),
  head: () => ({ meta: [{ title: "Settings · Parley" }] }),
  component: SettingsPage,
});

function SettingsPage() {
  const { data: settings } = useSuspenseQuery(settingsQuery(useDeps()));
  return (
    <Page width="narrow" title="Settings" description="What holds for the whole workspace.">
      <NameForm settings={settings} />
      <LimitsForm settings={settings} />
      <IdentityCard settings={settings} />
      <ToolSecrets />
    </Page>
  );
}
