import { useMutation, useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { bodyOf } from "@/api/client";
import { itemsOf } from "@/api/pages";
import type { ApiKey } from "@/api/types";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { checklistQuery } from "@/features/home/queries";
import { keysQuery } from "@/features/keys/queries";
import { useRefusal } from "@/features/session/permissions";

/** The publishable keys that still work. */
export function usablePublishableKeys(keys: ApiKey[]): ApiKey[] {
  return keys.filter(({ kind, key, revokedAt }) => kind === "publishable" && key && !revokedAt);
}

interface KeyPickerProps {
  value: string;
  onChange: (id: string) => void;
}

/** Which publishable key the snippet carries; makes one where there is none. */
export function KeyPicker({ value, onChange }: KeyPickerProps) {
  const { data } = useSuspenseInfiniteQuery(keysQuery(useDeps()));
  const keys = usablePublishableKeys(itemsOf(data));
  if (keys.length === 0) return <CreateKey />;
  return (
    <Field
      label="Publishable key"
      hint={
        <>
          It is public and says which workspace the page belongs to.{" "}
          <Link to="/keys" className="text-accent-text underline underline-offset-4">
            All keys
          </Link>
        </>
      }
    >
      <Select value={value} onChange={(event) => onChange(event.target.value)}>
        {keys.map(({ id, name, prefix }) => (
          <option key={id} value={id}>
            {name} ({prefix}…)
          </option>
        ))}
      </Select>
    </Field>
  );
}

function CreateKey() {
  const deps = useDeps();
  const refused = useRefusal("keys:write");
  const create = useMutation({
    mutationFn: () =>
      bodyOf(deps.api.POST("/v1/keys", { body: { kind: "publishable", name: "Website" } })),
    onSuccess: () =>
      Promise.all([
        deps.queries.invalidateQueries({ queryKey: keysQuery(deps).queryKey }),
        deps.queries.invalidateQueries({ queryKey: checklistQuery(deps).queryKey }),
      ]),
    onError: (error) => toast(error.message, "danger"),
  });
  const button = (
    <Button size="sm" blocked={refused} busy={create.isPending} onClick={() => create.mutate()}>
      <KeyRound aria-hidden /> Create a publishable key
    </Button>
  );
  return (
    <Alert tone="warn" title="The snippet needs a publishable key" actions={button}>
      There is none in this workspace yet.
    </Alert>
  );
}
