import { useMutation } from "@tanstack/react-query";
import { Controller, type UseFormReturn, useForm } from "react-hook-form";
import { bodyOf } from "@/api/client";
import type { Provider } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardFooter, CardHeader } from "@/components/ui/card";
import { Choices } from "@/components/ui/choice";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { providerQuery } from "@/features/provider/queries";
import { useRefusal } from "@/features/session/permissions";
import { meQuery } from "@/features/session/queries";

interface ProviderFields {
  api: Provider["api"];
  baseUrl: string;
  defaultModel: string;
  apiKey: string;
}

const apis: { value: Provider["api"]; label: string; text: string }[] = [
  {
    value: "responses",
    label: "Responses",
    text: "OpenAI’s own API. Answers survive a dropped line.",
  },
  { value: "chat", label: "Chat Completions", text: "What most other servers speak." },
];

const openAI = "https://api.openai.com/v1";

export function ProviderForm({ provider }: { provider: Provider | null }) {
  const refused = useRefusal("provider:write");
  const save = useSaveProvider();
  const form = useForm<ProviderFields>({
    defaultValues: {
      api: provider?.api ?? "responses",
      baseUrl: provider?.baseUrl ?? openAI,
      defaultModel: provider?.defaultModel ?? "",
      apiKey: "",
    },
  });
  return (
    <form noValidate onSubmit={form.handleSubmit((fields) => save.mutate(fields))}>
      <Card>
        <CardHeader title={provider ? "Change the connection" : "Connect your own account"} />
        <CardBody>
          {refused && <Alert title="You can look, not change">{refused}</Alert>}
          {save.isError && <ProblemAlert error={save.error} />}
          <Fields form={form} provider={provider} locked={Boolean(refused)} />
        </CardBody>
        <CardFooter>
          <Button type="submit" variant="primary" blocked={refused} busy={save.isPending}>
            {provider ? "Save" : "Connect"}
          </Button>
        </CardFooter>
      </Card>
    </form>
  );
}

interface FieldsProps {
  form: UseFormReturn<ProviderFields>;
  provider: Provider | null;
  locked: boolean;
}

function Fields({ form, provider, locked }: FieldsProps) {
  const { register, control, watch, formState } = form;
  const { errors } = formState;
  const keyNeeded = !provider || cleanUrl(watch("baseUrl")) !== provider.baseUrl;
  return (
    <>
      <Controller
        control={control}
        name="api"
        render={({ field }) => (
          <Choices
            legend="API"
            choices={apis}
            value={field.value}
            onChange={field.onChange}
            disabled={locked}
            columns={2}
          />
        )}
      />
      <Field label="Base URL" error={errors.baseUrl?.message}>
        <Input
          type="url"
          spellCheck={false}
          readOnly={locked}
          {...register("baseUrl", { validate: checkUrl })}
        />
      </Field>
      <Field
        label="Default model"
        hint="For agents that name no model of their own."
        error={errors.defaultModel?.message}
      >
        <Input
          spellCheck={false}
          maxLength={200}
          placeholder="gpt-5-mini"
          readOnly={locked}
          {...register("defaultModel", {
            validate: (model) => model.trim() !== "" || "Name a model that the provider has.",
          })}
        />
      </Field>
      <Field label="API key" hint={keyHint(provider, keyNeeded)} error={errors.apiKey?.message}>
        <Input
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder={provider && !keyNeeded ? `Stored: ${provider.keyHint}` : "sk-…"}
          readOnly={locked}
          {...register("apiKey", {
            validate: (key) => !keyNeeded || key.trim() !== "" || "Enter the provider’s key.",
          })}
        />
      </Field>
    </>
  );
}

function keyHint(provider: Provider | null, needed: boolean): string {
  if (!provider) return "Stored encrypted, and never shown again.";
  if (needed) return "Another address needs its own key: the stored one is not sent elsewhere.";
  return "Leave it empty to keep the stored key.";
}

/** The address as the server keeps it: without a slash at the end. */
function cleanUrl(text: string): string {
  return text.trim().replace(/\/+$/, "");
}

function checkUrl(text: string): true | string {
  const trimmed = text.trim();
  const fine = URL.canParse(trimmed) && /^https?:$/.test(new URL(trimmed).protocol);
  return fine || "Write an address like https://api.openai.com/v1.";
}

function useSaveProvider() {
  const deps = useDeps();
  return useMutation({
    mutationFn: ({ api, baseUrl, defaultModel, apiKey }: ProviderFields) => {
      const key = apiKey.trim();
      const body = {
        api,
        baseUrl: cleanUrl(baseUrl),
        defaultModel: defaultModel.trim(),
        ...(key && { apiKey: key }),
      };
      return bodyOf(deps.api.PUT("/v1/provider", { body }));
    },
    onSuccess: async (saved) => {
      deps.queries.setQueryData(providerQuery(deps).queryKey, saved);
      await deps.queries.invalidateQueries({ queryKey: meQuery(deps).queryKey });
      toast("The provider is saved");
    },
    gcTime: 0, // no copy of the key stays behind in the cache
  });
}
