import { Controller } from "react-hook-form";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Choices } from "@/components/ui/choice";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { limits } from "@/features/agents/editor/form";
import { recoveries } from "@/features/agents/editor/recovery";
import { StarterPrompts } from "@/features/agents/editor/starter-prompts";
import { StructuredAnswers } from "@/features/agents/editor/structured-answers";
import { useEditor } from "@/features/agents/editor/use-editor";
import { estimateTokens, formatNumber } from "@/lib/format";

/** What the agent knows and says. */
export function Behaviour() {
  return (
    <>
      <Instructions />
      <Opening />
      <StructuredAnswers />
      <Model />
      <Limits />
      <Interruptions />
    </>
  );
}

function Instructions() {
  const { form, refused } = useEditor();
  const { register, watch, formState } = form;
  return (
    <Card>
      <CardBody>
        <Field label="Name" error={formState.errors.name?.message}>
          <Input maxLength={limits.name} readOnly={Boolean(refused)} {...register("name")} />
        </Field>
        <Field
          label="Instructions"
          aside={<Length text={watch("instructions")} />}
          hint="What the agent knows, how it speaks, and what it must not do. It reads this before every answer."
          error={formState.errors.instructions?.message}
        >
          <Textarea
            className="max-h-[60vh] min-h-64 font-mono text-[0.8125rem]! leading-relaxed"
            readOnly={Boolean(refused)}
            {...register("instructions")}
          />
        </Field>
      </CardBody>
    </Card>
  );
}

function Length({ text }: { text: string }) {
  return (
    <>
      {formatNumber(text.length)} / {formatNumber(limits.instructions)} characters, about{" "}
      {formatNumber(estimateTokens(text))} tokens
    </>
  );
}

function Opening() {
  const { form, refused } = useEditor();
  return (
    <Card>
      <CardHeader
        title="Opening"
        description="What visitors meet before they have written anything."
      />
      <CardBody>
        <Field label="Greeting" error={form.formState.errors.greeting?.message}>
          <Textarea
            className="min-h-9"
            maxLength={limits.greeting}
            placeholder="Hello! How can we help?"
            readOnly={Boolean(refused)}
            {...form.register("greeting")}
          />
        </Field>
        <StarterPrompts />
        <Controller
          control={form.control}
          name="suggestions"
          render={({ field }) => (
            <Switch
              label="Suggest follow-up questions"
              hint={
                form.watch("outputKind") === "suggestions" ||
                form.watch("outputKind") === "components"
                  ? "They come with the answers themselves, as chosen below."
                  : "Up to three after each answer, from a second short call to the model."
              }
              checked={field.value}
              onCheckedChange={field.onChange}
              disabled={Boolean(refused)}
            />
          )}
        />
      </CardBody>
    </Card>
  );
}

function Model() {
  const { form, refused } = useEditor();
  const { register, formState } = form;
  return (
    <Card>
      <CardHeader title="Model" description="Leave all empty to follow the workspace's provider." />
      <CardBody className="grid sm:grid-cols-2">
        <Field
          label="Model"
          hint="As the provider calls it."
          error={formState.errors.model?.message}
        >
          <Input
            placeholder="The workspace's default"
            maxLength={200}
            spellCheck={false}
            readOnly={Boolean(refused)}
            {...register("model")}
          />
        </Field>
        <Field
          label="Longest answer, in tokens"
          hint="A word is one to two tokens."
          error={formState.errors.maxOutputTokens?.message}
        >
          <Input
            inputMode="numeric"
            placeholder="No limit"
            readOnly={Boolean(refused)}
            {...register("maxOutputTokens", { setValueAs: (value: string) => value.trim() })}
          />
        </Field>
        <Field
          className="sm:col-span-2"
          label="Fallback models"
          hint="One a line, of the same provider. While a model is down, or does not begin within 45 seconds, the next one answers. Visitors notice nothing, unless a text breaks off: then it is taken back and given anew."
          error={formState.errors.fallbackModels?.message}
        >
          <Textarea
            className="min-h-9"
            placeholder="None"
            spellCheck={false}
            readOnly={Boolean(refused)}
            {...register("fallbackModels")}
          />
        </Field>
      </CardBody>
    </Card>
  );
}

function Limits() {
  const { form, refused } = useEditor();
  const { register, formState } = form;
  const trimmed = { setValueAs: (value: string) => value.trim() };
  return (
    <Card>
      <CardHeader
        title="Limits of one answer"
        description="An agent with tools asks the model again after each round of calls. Near a limit it is told to come to an end with what it has found."
      />
      <CardBody className="grid sm:grid-cols-2">
        <Field
          label="Most steps"
          hint="How often the model is asked for one answer."
          error={formState.errors.maxSteps?.message}
        >
          <Input
            inputMode="numeric"
            placeholder="20"
            readOnly={Boolean(refused)}
            {...register("maxSteps", trimmed)}
          />
        </Field>
        <Field
          label="Highest cost, in US dollars"
          hint="By our list of prices. An answer that has cost as much ends."
          error={formState.errors.maxCost?.message}
        >
          <Input
            inputMode="decimal"
            placeholder="No limit"
            readOnly={Boolean(refused)}
            {...register("maxCost", trimmed)}
          />
        </Field>
      </CardBody>
    </Card>
  );
}

function Interruptions() {
  const { form, refused } = useEditor();
  return (
    <Card>
      <CardHeader
        title="Interrupted answers"
        description="A server may die while the model is speaking. Choose the second if your data policy does not let a provider store answers. A provider of Chat Completions keeps none, so there an answer always starts again."
      />
      <CardBody>
        <Controller
          control={form.control}
          name="recovery"
          render={({ field }) => (
            <Choices
              legend="After a failure"
              choices={recoveries}
              value={field.value}
              onChange={field.onChange}
              disabled={Boolean(refused)}
              columns={2}
            />
          )}
        />
      </CardBody>
    </Card>
  );
}
