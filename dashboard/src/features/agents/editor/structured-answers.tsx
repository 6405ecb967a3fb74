import { Controller } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Choices } from "@/components/ui/choice";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { outputs, sampleSchema } from "@/features/agents/editor/output";
import { useEditor } from "@/features/agents/editor/use-editor";

/** What an answer is made of. */
export function StructuredAnswers() {
  const { form, refused } = useEditor();
  return (
    <Card>
      <CardHeader
        title="Structured answers"
        description="Each answer is checked when it is whole. One that does not fit is taken back and asked for once more. Write a message in the preview to see what visitors get."
      />
      <CardBody>
        <Controller
          control={form.control}
          name="outputKind"
          render={({ field }) => (
            <Choices
              legend="An answer is"
              choices={outputs}
              value={field.value}
              onChange={field.onChange}
              disabled={Boolean(refused)}
              columns={2}
            />
          )}
        />
        {form.watch("outputKind") === "schema" && <Schema />}
      </CardBody>
    </Card>
  );
}

function Schema() {
  const { form, refused } = useEditor();
  const { register, watch, setValue, formState } = form;
  const begin = () =>
    setValue("outputSchema", sampleSchema, { shouldDirty: true, shouldValidate: true });
  return (
    <>
      <Field
        label="JSON Schema"
        hint="Draft 2020-12, of an object. The provider is held to it exactly where it can be: if no object has other properties than those that it lists as required."
        error={formState.errors.outputSchema?.message}
      >
        <Textarea
          className="max-h-[60vh] min-h-48 font-mono text-[0.8125rem]! leading-relaxed"
          spellCheck={false}
          readOnly={Boolean(refused)}
          {...register("outputSchema")}
        />
      </Field>
      {!refused && watch("outputSchema").trim() === "" && (
        <Button size="sm" className="self-start" onClick={begin}>
          Begin with an example
        </Button>
      )}
    </>
  );
}
