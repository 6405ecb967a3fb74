import { useForm } from "react-hook-form";
import type { Settings } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardFooter, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useRefusal } from "@/features/session/permissions";
import {
  checkCount,
  checkDollars,
  type LimitFields,
  limitFieldsOf,
  limitsOf,
} from "@/features/settings/limits";
import { useSaveSettings } from "@/features/settings/use-save-settings";

/** What the workspace may use; an empty field follows the platform. */
export function LimitsForm({ settings }: { settings: Settings }) {
  const refused = useRefusal("budget:write");
  const save = useSaveSettings();
  const form = useForm<LimitFields>({ values: limitFieldsOf(settings) });
  const { errors } = form.formState;
  const locked = Boolean(refused);
  const count = { inputMode: "numeric", placeholder: "The platform’s", readOnly: locked } as const;
  return (
    <form noValidate onSubmit={form.handleSubmit((fields) => save.mutate(limitsOf(fields)))}>
      <Card>
        <CardHeader
          title="Budget and limits"
          description="They protect you from surprises. An empty field follows the platform."
        />
        <CardBody>
          {refused && <Alert title="You can look, not change">{refused}</Alert>}
          {save.isError && <ProblemAlert error={save.error} />}
          <Field
            label="Monthly budget, in US dollars"
            hint="When it is used up, agents answer again next month."
            error={errors.budget?.message}
          >
            <Input
              inputMode="decimal"
              placeholder="The platform’s"
              readOnly={locked}
              {...form.register("budget", { validate: checkDollars })}
            />
          </Field>
          <div className="grid gap-5 sm:grid-cols-2">
            <Field label="Answers at the same time" error={errors.maxActiveTurns?.message}>
              <Input
                {...count}
                {...form.register("maxActiveTurns", { validate: checkCount(100_000) })}
              />
            </Field>
            <Field label="New answers a minute" error={errors.turnsPerMinute?.message}>
              <Input
                {...count}
                {...form.register("turnsPerMinute", { validate: checkCount(1_000_000) })}
              />
            </Field>
          </div>
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
