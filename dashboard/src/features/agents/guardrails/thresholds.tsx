import { Plus, X } from "lucide-react";
import { useFieldArray } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { FieldError } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useEditor } from "@/features/agents/editor/use-editor";

/** The categories of OpenAI's judge; another one may have others. */
const categories = [
  "harassment",
  "harassment/threatening",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/instructions",
  "self-harm/intent",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
];

/** From which score on something is blocked, by category. */
export function Thresholds() {
  const { form, refused } = useEditor();
  const list = useFieldArray({ control: form.control, name: "guardrails.thresholds" });
  const errors = form.formState.errors.guardrails?.thresholds;
  return (
    <fieldset className="flex flex-col gap-2" disabled={Boolean(refused)}>
      <legend className="mb-1.5 font-medium">Thresholds</legend>
      <p className="text-[0.8125rem] text-muted">
        {list.fields.length === 0
          ? "The judge's own verdict counts. Add categories to decide yourself, by their scores between 0 and 1."
          : "Only these categories count, from these scores on."}
      </p>
      <datalist id="moderation-categories">
        {categories.map((category) => (
          <option key={category} value={category} />
        ))}
      </datalist>
      {list.fields.map((field, index) => (
        <div key={field.id} className="flex flex-col gap-1">
          <div className="flex items-center gap-2">
            <Input
              aria-label={`Category ${index + 1}`}
              list="moderation-categories"
              placeholder="violence"
              maxLength={80}
              spellCheck={false}
              {...form.register(`guardrails.thresholds.${index}.category`)}
            />
            <Input
              aria-label={`Score of category ${index + 1}`}
              inputMode="decimal"
              className="w-24 shrink-0"
              placeholder="0.5"
              aria-invalid={errors?.[index] ? true : undefined}
              {...form.register(`guardrails.thresholds.${index}.limit`, {
                setValueAs: (value: string) => value.trim(),
              })}
            />
            <Button
              variant="ghost"
              size="iconSm"
              aria-label={`Remove category ${index + 1}`}
              onClick={() => list.remove(index)}
            >
              <X aria-hidden />
            </Button>
          </div>
          {errors?.[index]?.limit?.message && (
            <FieldError>{errors[index].limit.message}</FieldError>
          )}
        </div>
      ))}
      <div>
        <Button size="sm" onClick={() => list.append({ category: "", limit: "0.5" })}>
          <Plus aria-hidden /> Add a threshold
        </Button>
      </div>
    </fieldset>
  );
}
