import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { Controller, useForm } from "react-hook-form";
import { bodyOf } from "@/api/client";
import type { ApiKey, NewApiKey, Permission } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Choices } from "@/components/ui/choice";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { checklistQuery } from "@/features/home/queries";
import { keysQuery } from "@/features/keys/queries";
import { ScopeChoice } from "@/features/keys/scope-choice";
import { meQuery } from "@/features/session/queries";

interface KeyForm {
  kind: ApiKey["kind"];
  name: string;
  scopes: Permission[];
}

const kinds: { value: ApiKey["kind"]; label: string; text: string }[] = [
  { value: "publishable", label: "Publishable", text: "For the widget: may stand in a page." },
  { value: "secret", label: "Secret", text: "For your programs: call the API from a server." },
];

interface CreateKeyFormProps {
  startWith: ApiKey["kind"];
  onCreated: (key: NewApiKey) => void;
}

export function CreateKeyForm({ startWith, onCreated }: CreateKeyFormProps) {
  const { data: me } = useSuspenseQuery(meQuery(useDeps()));
  const create = useCreateKey(onCreated);
  const form = useForm<KeyForm>({ defaultValues: { kind: startWith, name: "", scopes: ["chat"] } });
  const { errors } = form.formState;
  return (
    <form
      noValidate
      onSubmit={form.handleSubmit((fields) => create.mutate(fields))}
      className="flex min-h-0 flex-col"
    >
      <DialogBody>
        {create.isError && <ProblemAlert error={create.error} />}
        <Field label="Name" hint="Where it is used." error={errors.name?.message}>
          <Input
            autoFocus
            maxLength={80}
            placeholder="Website"
            {...form.register("name", {
              validate: (name) => name.trim() !== "" || "Give it a name.",
            })}
          />
        </Field>
        <Controller
          control={form.control}
          name="kind"
          render={({ field }) => (
            <Choices
              legend="Kind"
              choices={kinds}
              value={field.value}
              onChange={field.onChange}
              columns={2}
            />
          )}
        />
        {form.watch("kind") === "secret" && (
          <Controller
            control={form.control}
            name="scopes"
            rules={{ validate: (scopes) => scopes.length > 0 || "Allow at least one thing." }}
            render={({ field }) => (
              <ScopeChoice
                value={field.value}
                onChange={field.onChange}
                grantable={me.permissions}
                error={errors.scopes?.message}
              />
            )}
          />
        )}
      </DialogBody>
      <DialogFooter>
        <Button type="submit" variant="primary" busy={create.isPending}>
          Create key
        </Button>
      </DialogFooter>
    </form>
  );
}

function useCreateKey(onCreated: (key: NewApiKey) => void) {
  const deps = useDeps();
  return useMutation({
    mutationFn: ({ kind, name, scopes }: KeyForm) => {
      const body = { kind, name: name.trim(), ...(kind === "secret" && { scopes }) };
      return bodyOf(deps.api.POST("/v1/keys", { body }));
    },
    onSuccess: async (created) => {
      await deps.queries.invalidateQueries({ queryKey: keysQuery(deps).queryKey });
      void deps.queries.invalidateQueries({ queryKey: checklistQuery(deps).queryKey });
      if (created.apiKey.kind === "publishable") toast(`${created.apiKey.name} is ready`);
      onCreated(created);
    },
    gcTime: 0, // no copy of a secret stays behind in the cache
  });
}
