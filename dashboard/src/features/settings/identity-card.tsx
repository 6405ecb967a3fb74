import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { bodyOf } from "@/api/client";
import type { Settings } from "@/api/types";
import { RevealSecret } from "@/components/reveal-secret";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { Confirm } from "@/components/ui/confirm";
import { Dialog } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { type Deps, useDeps } from "@/deps";
import { useRefusal } from "@/features/session/permissions";
import { settingsQuery } from "@/features/settings/queries";

const example = `// On your server, for a visitor who is signed in there:
const claims = { sub: user.id, name: user.name };
const token = jwt.sign(claims, secret, {
  algorithm: "HS256",
  expiresIn: "10m",
});

// On the page:
Parley("identify", { jwt: token });`;

/** The secret with which the tenant's server vouches for its visitors. */
export function IdentityCard({ settings }: { settings: Settings }) {
  const { hasIdentitySecret: active } = settings;
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Card>
      <CardHeader
        title="Known visitors"
        description="Let your server vouch for the people who are signed in on your site: they find their conversations on every device, and you see their names."
        action={<Badge tone={active ? "success" : "neutral"}>{active ? "On" : "Off"}</Badge>}
      />
      <CardBody>
        <CodeBlock label="example" code={example} />
        <div className="flex flex-wrap gap-2">
          <NewSecret active={active} onSecret={setSecret} />
          {active && <TurnOff />}
        </div>
      </CardBody>
      <Dialog open={secret !== null}>
        {secret !== null && (
          <RevealSecret
            title="Your identity secret"
            secret={secret}
            label="secret"
            onDone={() => setSecret(null)}
          />
        )}
      </Dialog>
    </Card>
  );
}

interface NewSecretProps {
  active: boolean;
  onSecret: (secret: string) => void;
}

function NewSecret({ active, onSecret }: NewSecretProps) {
  const deps = useDeps();
  const refused = useRefusal("settings:write");
  const create = useMutation({
    mutationFn: () => bodyOf(deps.api.POST("/v1/settings/identity-secret")),
    onSuccess: async ({ secret }) => {
      await refresh(deps);
      onSecret(secret);
    },
    gcTime: 0, // no copy of the secret stays behind in the cache
  });
  const label = active ? "Replace the secret" : "Create a secret";
  if (!active || refused) {
    return (
      <Button
        blocked={refused}
        busy={create.isPending}
        onClick={() =>
          create.mutate(undefined, { onError: (error) => toast(error.message, "danger") })
        }
      >
        {label}
      </Button>
    );
  }
  return (
    <Confirm
      danger
      trigger={<Button>{label}</Button>}
      title="Replace the identity secret?"
      action="Replace"
      onConfirm={() => create.mutateAsync()}
    >
      Tokens signed with the present secret stop working at once: put the new one on your server
      right away.
    </Confirm>
  );
}

function TurnOff() {
  const deps = useDeps();
  const refused = useRefusal("settings:write");
  const remove = useMutation({
    mutationFn: () => deps.api.DELETE("/v1/settings/identity-secret"),
    onSuccess: () => refresh(deps),
  });
  const trigger = (
    <Button variant="quietDanger" blocked={refused}>
      Turn off
    </Button>
  );
  if (refused) return trigger;
  return (
    <Confirm
      danger
      trigger={trigger}
      title="Stop knowing visitors?"
      action="Turn off"
      onConfirm={() => remove.mutateAsync()}
    >
      The secret is deleted. Visitors go on without a name; pages that identify them are refused.
    </Confirm>
  );
}

function refresh(deps: Deps) {
  return deps.queries.invalidateQueries({ queryKey: settingsQuery(deps).queryKey });
}
