import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field, FieldError } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { useEditor } from "@/features/agents/editor/use-editor";
import { Hours } from "@/features/agents/handoffs/hours";
import { officeHours } from "@/features/agents/handoffs/week";
import { formatCount } from "@/lib/format";

const waits = [1, 2, 5, 10, 15, 30, 60, 120, 240, 1440]; // minutes
const defaultWait = 10;

/** When and how a conversation is given to the people of the team. */
export function PeopleHandoff() {
  const { form, refused } = useEditor();
  const human = form.watch("human");
  const change = (part: Partial<typeof human>) =>
    form.setValue("human", { ...human, ...part }, { shouldDirty: true, shouldValidate: true });
  const off = Boolean(refused);
  const wait = human.answerMinutes || defaultWait;
  return (
    <Card>
      <CardHeader
        title="People"
        description="Your team can take any conversation over from its page. Here you decide whether visitors and the agent may ask for a person."
      />
      <CardBody>
        <Switch
          label="Visitors and the agent may ask for a person"
          hint="Visitors find it in the chat. The agent asks when it cannot help, and everybody who may answer gets a letter."
          checked={human.enabled}
          onCheckedChange={(enabled) => change({ enabled })}
          disabled={off}
        />
        {human.enabled && (
          <>
            <Field
              label="Wait for an answer"
              hint="After that the agent goes on, and says that nobody could answer."
              className="max-w-64"
            >
              <Select
                value={wait}
                disabled={off}
                onChange={({ target }) => change({ answerMinutes: Number(target.value) })}
              >
                {[...new Set([...waits, wait])]
                  .sort((a, b) => a - b)
                  .map((minutes) => (
                    <option key={minutes} value={minutes}>
                      {wordsFor(minutes)}
                    </option>
                  ))}
              </Select>
            </Field>
            <Switch
              label="Only in business hours"
              hint="Outside of them nobody is asked: visitors are told when somebody will be there."
              checked={human.hours !== undefined}
              onCheckedChange={(limited) => change({ hours: limited ? officeHours() : undefined })}
              disabled={off}
            />
            {human.hours && (
              <Hours hours={human.hours} off={off} onChange={(hours) => change({ hours })} />
            )}
          </>
        )}
        {form.formState.errors.human?.message && (
          <FieldError>{form.formState.errors.human.message}</FieldError>
        )}
      </CardBody>
    </Card>
  );
}

function wordsFor(minutes: number): string {
  return minutes < 120 ? formatCount(minutes, "minute") : formatCount(minutes / 60, "hour");
}
