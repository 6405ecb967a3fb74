import { Plus, Trash2 } from "lucide-react";
import { useFieldArray } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { useEditor } from "@/features/agents/editor/use-editor";
import { guardrailErrors, guardrailLimits } from "@/features/agents/guardrails/form";

/** The topics that an agent does not talk about. */
export function Topics() {
  const { form, refused } = useEditor();
  const list = useFieldArray({ control: form.control, name: "guardrails.topics" });
  const full = list.fields.length >= guardrailLimits.topics;
  return (
    <div className="flex flex-col gap-3">
      {list.fields.length === 0 && <p className="text-muted">None so far.</p>}
      <ul className="flex flex-col gap-3">
        {list.fields.map((field, index) => (
          <li key={field.id} className="rounded-control border p-4">
            <Topic index={index} onRemove={() => list.remove(index)} />
          </li>
        ))}
      </ul>
      <div>
        <Button
          size="sm"
          disabled={Boolean(refused)}
          blocked={full && `At most ${guardrailLimits.topics}.`}
          onClick={() => list.append({ name: "", phrases: "", description: "" })}
        >
          <Plus aria-hidden /> Add a topic
        </Button>
      </div>
    </div>
  );
}

function Topic({ index, onRemove }: { index: number; onRemove: () => void }) {
  const { form, refused } = useEditor();
  // What is wrong with one field may be missing in another, which nobody has touched.
  const errors = guardrailErrors(form.watch("guardrails"))?.topics?.[index];
  const readOnly = Boolean(refused);
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className="sr-only">Topic {index + 1}</legend>
      <div className="flex items-end gap-2">
        <Field label="Topic" error={errors?.name?.message} className="min-w-0 flex-1">
          <Input
            maxLength={guardrailLimits.name}
            placeholder="Tax advice"
            readOnly={readOnly}
            {...form.register(`guardrails.topics.${index}.name`)}
          />
        </Field>
        {!refused && (
          <Button
            variant="quietDanger"
            size="icon"
            aria-label={`Remove topic ${index + 1}`}
            onClick={onRemove}
          >
            <Trash2 aria-hidden />
          </Button>
        )}
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Phrases"
          hint="One a line. Whole words, whatever their case; invest* is every word that begins so."
          error={errors?.phrases?.message}
        >
          <Textarea
            placeholder={"tax advice\ntax return*"}
            readOnly={readOnly}
            {...form.register(`guardrails.topics.${index}.phrases`)}
          />
        </Field>
        <Field
          label="Description"
          hint="For the model to judge questions by, in any language."
          error={errors?.description?.message}
        >
          <Textarea
            maxLength={guardrailLimits.description}
            placeholder="How to save taxes, or how to fill in a tax return."
            readOnly={readOnly}
            {...form.register(`guardrails.topics.${index}.description`)}
          />
        </Field>
      </div>
    </fieldset>
  );
}
