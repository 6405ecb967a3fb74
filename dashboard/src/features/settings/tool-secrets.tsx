import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { bodyOf } from "@/api/client";
import { ApiError } from "@/api/problem";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { CopyButton } from "@/components/ui/copy-button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { type Deps, useDeps } from "@/deps";
import { useRefusal } from "@/features/session/permissions";
import { formatTime } from "@/lib/format";

export const toolSecretsQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: ["tool-secrets"],
    queryFn: ({ signal }) => bodyOf(api.GET("/v1/tool-secrets", { signal })),
  });

/** What requests of tools hold and nobody is shown again, and what they are signed with. */
export function ToolSecrets() {
  const refused = useRefusal("settings:write");
  const { data, error } = useQuery({ ...toolSecretsQuery(useDeps()), enabled: !refused });
  return (
    <Card>
      <CardHeader
        title="Tools"
        description="Keys that agents' tools send to your servers, and the secret by which your servers know that a request is ours."
      />
      <CardBody>
        {refused && <p className="text-muted">{refused}</p>}
        {error && <ProblemAlert error={error} />}
        {data && data.items.length > 0 && (
          <ul className="rounded-control border">
            {data.items.map(({ name, updatedAt }) => (
              <li
                key={name}
                className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b px-4 py-2.5 last:border-b-0"
              >
                <KeyRound className="size-4 text-faint" aria-hidden />
                <span className="min-w-0 flex-1 font-mono text-[0.8125rem] wrap-anywhere">
                  {name}
                </span>
                <span className="text-faint text-xs">Set {formatTime(updatedAt)}</span>
                <Remove name={name} />
              </li>
            ))}
          </ul>
        )}
        {!refused && <NewSecret />}
        {!refused && <SigningSecret />}
      </CardBody>
    </Card>
  );
}

function NewSecret() {
  const deps = useDeps();
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const put = useMutation({
    mutationFn: () =>
      bodyOf(
        deps.api.PUT("/v1/tool-secrets/{name}", { params: { path: { name } }, body: { value } }),
      ),
    onSuccess: async () => {
      await deps.queries.invalidateQueries({ queryKey: toolSecretsQuery(deps).queryKey });
      setName("");
      setValue("");
      toast("The secret is set");
    },
    gcTime: 0, // no copy of the secret stays behind in the cache
  });
  const refused = put.error instanceof ApiError ? put.error : undefined;
  const wrongName = refused?.errorAt("path.name");
  const wrongValue = refused?.fieldError("value");
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        put.mutate();
      }}
    >
      <div className="grid gap-3 sm:grid-cols-[14rem_1fr_auto] sm:items-start">
        <Field label="Name" error={wrongName}>
          <Input
            placeholder="SHOP_KEY"
            spellCheck={false}
            autoComplete="off"
            maxLength={64}
            value={name}
            onChange={({ target }) =>
              setName(target.value.toUpperCase().replace(/[^A-Z0-9_]/g, "_"))
            }
          />
        </Field>
        <Field label="Value" error={wrongValue}>
          <Input
            type="password"
            autoComplete="off"
            maxLength={8192}
            value={value}
            onChange={({ target }) => setValue(target.value)}
          />
        </Field>
        <Button
          type="submit"
          className="sm:mt-7"
          busy={put.isPending}
          blocked={name && value ? undefined : "Write a name and a value."}
        >
          Set the secret
        </Button>
      </div>
      <p className="text-[0.8125rem] text-muted">
        Tools use it as {"{{secrets.NAME}}"}. A name that is there gets the new value. Nobody can
        read it again.
      </p>
      {put.isError && !wrongName && !wrongValue && <ProblemAlert error={put.error} />}
    </form>
  );
}

function Remove({ name }: { name: string }) {
  const deps = useDeps();
  const remove = async () => {
    await bodyOf(deps.api.DELETE("/v1/tool-secrets/{name}", { params: { path: { name } } }));
    await deps.queries.invalidateQueries({ queryKey: toolSecretsQuery(deps).queryKey });
  };
  const trigger = (
    <Button variant="quietDanger" size="sm" aria-label={`Delete ${name}`}>
      Delete
    </Button>
  );
  return (
    <Confirm trigger={trigger} title={`Delete ${name}?`} action="Delete" danger onConfirm={remove}>
      Calls of tools that use it fail from now on, in every version of every agent.
    </Confirm>
  );
}

function SigningSecret() {
  const deps = useDeps();
  const [secret, setSecret] = useState<string>();
  const show = async () => setSecret((await bodyOf(deps.api.GET("/v1/signing-secret"))).secret);
  const rotate = async () =>
    setSecret((await bodyOf(deps.api.POST("/v1/signing-secret/rotate"))).secret);
  return (
    <div className="flex flex-col gap-3 border-t pt-5">
      <p className="font-medium">Signing secret</p>
      <p className="text-muted">
        Every request is signed as Standard Webhooks describe. Check it, and nobody else can use
        your server in our name.
      </p>
      {secret && (
        <div className="flex gap-2">
          <Input
            readOnly
            aria-label="The signing secret"
            value={secret}
            className="font-mono text-[0.8125rem]!"
          />
          <CopyButton text={secret} label="Copy the signing secret" size="md" />
        </div>
      )}
      <div className="flex flex-wrap gap-2">
        {!secret && (
          <Button
            onClick={() => void show().catch((error: Error) => toast(error.message, "danger"))}
          >
            Show it
          </Button>
        )}
        <Confirm
          trigger={<Button variant="quietDanger">Make another one</Button>}
          title="Make another signing secret?"
          action="Make another one"
          danger
          onConfirm={rotate}
        >
          The one before signs nothing any more, at once. Servers that check it refuse our requests
          until they have the new one.
        </Confirm>
      </div>
    </div>
  );
}
