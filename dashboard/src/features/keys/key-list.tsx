import { useMutation } from "@tanstack/react-query";
import type { ApiKey } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { CopyButton } from "@/components/ui/copy-button";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { checklistQuery } from "@/features/home/queries";
import { keysQuery } from "@/features/keys/queries";
import { useRefusal } from "@/features/session/permissions";
import { formatAgo, formatTime } from "@/lib/format";

export function KeyList({ keys }: { keys: ApiKey[] }) {
  return (
    <Card>
      <ul>
        {keys.map((key) => (
          <li
            key={key.id}
            className="flex flex-wrap items-center gap-x-6 gap-y-3 border-b px-5 py-4 last:border-b-0"
          >
            <KeyFacts apiKey={key} />
            {!key.revokedAt && <Revoke apiKey={key} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function KeyFacts({ apiKey }: { apiKey: ApiKey }) {
  return (
    <div className="flex min-w-0 flex-1 basis-64 flex-col gap-1.5">
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium wrap-anywhere">{apiKey.name}</span>
        <Badge tone={apiKey.kind === "secret" ? "warn" : "accent"}>
          {apiKey.kind === "secret" ? "Secret" : "Publishable"}
        </Badge>
        {apiKey.revokedAt && <Badge tone="danger">Revoked</Badge>}
      </p>
      <p className="flex items-center gap-1 font-mono text-[0.8125rem] text-muted">
        <span className="min-w-0 wrap-anywhere">{apiKey.key ?? `${apiKey.prefix}…`}</span>
        {apiKey.key && !apiKey.revokedAt && (
          <CopyButton iconOnly variant="ghost" text={apiKey.key} label={`Copy ${apiKey.name}`} />
        )}
      </p>
      {apiKey.scopes.length > 0 && (
        <p className="text-[0.8125rem] text-muted">May: {apiKey.scopes.join(", ")}</p>
      )}
      <p className="text-faint text-xs">{historyOf(apiKey)}</p>
    </div>
  );
}

function historyOf({ createdAt, lastUsedAt, revokedAt }: ApiKey): string {
  const made = `Created ${formatTime(createdAt)}`;
  if (revokedAt) return `${made}, revoked ${formatTime(revokedAt)}`;
  return `${made}, ${lastUsedAt ? `last used ${formatAgo(lastUsedAt)}` : "never used"}`;
}

function Revoke({ apiKey }: { apiKey: ApiKey }) {
  const refused = useRefusal("keys:write");
  const revoke = useRevoke(apiKey);
  const trigger = (
    <Button variant="quietDanger" size="sm" blocked={refused} aria-label={`Revoke ${apiKey.name}`}>
      Revoke
    </Button>
  );
  if (refused) return trigger;
  return (
    <Confirm
      danger
      trigger={trigger}
      title={`Revoke ${apiKey.name}?`}
      action="Revoke key"
      onConfirm={() => revoke.mutateAsync()}
    >
      {apiKey.kind === "secret"
        ? "Programs that use it are refused at once."
        : "Widgets on pages that carry it close at once."}{" "}
      A revoked key never works again.
    </Confirm>
  );
}

function useRevoke(apiKey: ApiKey) {
  const deps = useDeps();
  return useMutation({
    mutationFn: () => deps.api.DELETE("/v1/keys/{id}", { params: { path: { id: apiKey.id } } }),
    onSuccess: async () => {
      await deps.queries.invalidateQueries({ queryKey: keysQuery(deps).queryKey });
      void deps.queries.invalidateQueries({ queryKey: checklistQuery(deps).queryKey });
      toast(`${apiKey.name} is revoked`);
    },
  });
}
