import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { itemsOf } from "@/api/pages";
import type { ApiKey } from "@/api/types";
import { Page } from "@/components/layout/page";
import { MoreButton } from "@/components/more-button";
import { RefusedPage } from "@/components/refused-page";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { useDeps } from "@/deps";
import { CreateKey } from "@/features/keys/create-key";
import { KeyList } from "@/features/keys/key-list";
import { keysQuery } from "@/features/keys/queries";
import { useRefusal } from "@/features/session/permissions";
import { meQuery } from "@/features/session/queries";

interface KeysSearch {
  /** Opens the dialog for a new key of that kind. */
  create?: ApiKey["kind"];
}

export const Route = createFileRoute("/_app/keys")({
  validateSearch: ({ create }): KeysSearch => ({
    create: create === "publishable" || create === "secret" ? create : undefined,
  }),
  loader: async ({ context: { deps } }) => {
    const me = await deps.queries.ensureQueryData(meQuery(deps));
    if (!me.permissions.includes("keys:read")) return;
    await deps.queries.ensureInfiniteQueryData(keysQuery(deps));
  },
  head: () => ({ meta: [{ title: "API keys · Parley" }] }),
  component: KeysPage,
});

function KeysPage() {
  const refused = useRefusal("keys:read");
  return refused ? <RefusedPage title="API keys" reason={refused} /> : <Keys />;
}

function Keys() {
  const query = useSuspenseInfiniteQuery(keysQuery(useDeps()));
  const { create } = Route.useSearch();
  const navigate = Route.useNavigate();
  const keys = itemsOf(query.data);
  const live = keys.filter(({ revokedAt }) => !revokedAt);
  const revoked = keys.filter(({ revokedAt }) => revokedAt);
  return (
    <Page
      title="API keys"
      description="Publishable keys stand in pages; secret keys let your own programs call the API."
      actions={
        <CreateKey
          startWith={create}
          onClose={() => void navigate({ search: {}, replace: true })}
        />
      }
    >
      {live.length > 0 ? <KeyList keys={live} /> : <NoKeys />}
      {revoked.length > 0 && <Revoked keys={revoked} />}
      <MoreButton query={query} />
    </Page>
  );
}

function NoKeys() {
  return (
    <Card>
      <Empty icon={KeyRound} title="No keys yet">
        Create a publishable key for the widget’s snippet, or a secret one to call the API.
      </Empty>
    </Card>
  );
}

function Revoked({ keys }: { keys: ApiKey[] }) {
  return (
    <details className="flex flex-col gap-3">
      <summary className="rounded-control py-1 font-medium text-muted hover:text-ink">
        Revoked keys ({keys.length})
      </summary>
      <div className="pt-3">
        <KeyList keys={keys} />
      </div>
    </details>
  );
}
