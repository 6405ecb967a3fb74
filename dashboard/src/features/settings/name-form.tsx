import { useForm } from "react-hook-form";
import type { Settings } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardFooter, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useRefusal } from "@/features/session/permissions";
import { useSaveSettings } from "@/features/settings/use-save-settings";

export function NameForm({ settings }: { settings: Settings }) {
  const refused = useRefusal("settings:write");
  const save = useSaveSettings();
  const form = useForm({ values: { name: settings.name } });
  return (
    <form noValidate onSubmit={form.handleSubmit(({ name }) => save.mutate({ name: name.trim() }))}>
      <Card>
        <CardHeader title="Workspace" />
        <CardBody>
          {save.isError && <ProblemAlert error={save.error} />}
          <Field
            label="Name"
            hint={
              <>
                Its short name, <code className="font-mono">{settings.slug}</code>, stays as it is.
              </>
            }
            error={form.formState.errors.name?.message}
          >
            <Input
              maxLength={80}
              readOnly={Boolean(refused)}
              {...form.register("name", {
                validate: (name) => name.trim() !== "" || "A workspace needs a name.",
              })}
            />
          </Field>
        </CardBody>
        <CardFooter>
          <Button type="submit" variant="primary" blocked={refused} busy={save.isPending}>
            Save
          </Button>
        </CardFooter>
      </Card>
    </form>
  );
}
