import { Controller } from "react-hook-form";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { type Choice, Choices } from "@/components/ui/choice";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { useEditor } from "@/features/agents/editor/use-editor";
import { guardrailLimits, type RedactKind, type WhenDown } from "@/features/agents/guardrails/form";
import { Thresholds } from "@/features/agents/guardrails/thresholds";
import { Topics } from "@/features/agents/guardrails/topics";

const ourSentence = "I cannot help with this. Please ask me something else.";

/** What is checked of questions and answers, and what visitors see of that. */
export function Guardrails() {
  return (
    <>
      <Moderation />
      <BlockedTopics />
      <PersonalData />
      <Outages />
    </>
  );
}

interface ToggleProps {
  name: "guardrails.input" | "guardrails.output" | "guardrails.answers";
  label: string;
  hint: string;
}

function Toggle({ name, label, hint }: ToggleProps) {
  const { form, refused } = useEditor();
  return (
    <Controller
      control={form.control}
      name={name}
      render={({ field }) => (
        <Switch
          label={label}
          hint={hint}
          checked={field.value}
          onCheckedChange={field.onChange}
          disabled={Boolean(refused)}
        />
      )}
    />
  );
}

function Moderation() {
  const { form, refused } = useEditor();
  return (
    <Card>
      <CardHeader
        title="Moderation"
        description="The provider judges whether something is hateful, violent, sexual or otherwise harmful. OpenAI does it for free; a provider without a moderations endpoint cannot."
      />
      <CardBody>
        <Toggle
          name="guardrails.input"
          label="Check what visitors write"
          hint="The model begins its answer meanwhile, so that visitors wait for the slower of the two. Nothing is shown before."
        />
        <Toggle
          name="guardrails.output"
          label="Check what the agent answers"
          hint="Sentence by sentence, each before it is shown: an answer arrives in pieces, some tenths of a second later. An answer that does not pass ends there."
        />
        <Message name="guardrails.message" label="What visitors read instead" />
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label="Judge"
            hint="As the provider calls it. Leave it empty for omni-moderation-latest."
          >
            <Input
              placeholder="omni-moderation-latest"
              maxLength={200}
              spellCheck={false}
              readOnly={Boolean(refused)}
              {...form.register("guardrails.judge")}
            />
          </Field>
        </div>
        <Thresholds />
      </CardBody>
    </Card>
  );
}

function Message({
  name,
  label,
}: {
  name: "guardrails.message" | "guardrails.topicMessage";
  label: string;
}) {
  const { form, refused } = useEditor();
  return (
    <Field label={label} hint="Only your team is told why.">
      <Textarea
        className="min-h-9"
        maxLength={guardrailLimits.message}
        placeholder={ourSentence}
        readOnly={Boolean(refused)}
        {...form.register(name)}
      />
    </Field>
  );
}

function BlockedTopics() {
  return (
    <Card>
      <CardHeader
        title="Blocked topics"
        description="What the agent does not talk about. Phrases are found at once, in questions and in answers. By a description the model judges each question, in a short call of its own that you pay for, while the answer begins."
      />
      <CardBody>
        <Topics />
        <Message name="guardrails.topicMessage" label="What visitors read instead of an answer" />
      </CardBody>
    </Card>
  );
}

const kinds: { kind: RedactKind; label: string; hint: string }[] = [
  { kind: "email", label: "Email addresses", hint: "Become [email removed]." },
  { kind: "phone", label: "Phone numbers", hint: "Become [phone number removed]." },
  {
    kind: "card",
    label: "Payment cards",
    hint: "Become [card number removed], if the check digit is right.",
  },
  { kind: "iban", label: "Bank accounts", hint: "IBANs become [IBAN removed]." },
];

function PersonalData() {
  const { form, refused } = useEditor();
  return (
    <Card>
      <CardHeader
        title="Personal data"
        description="Replaced in what visitors write before it is stored. Neither your team, nor the model, nor its tools ever get it, and visitors see the replacement in their own message."
      />
      <CardBody>
        <Controller
          control={form.control}
          name="guardrails.kinds"
          render={({ field }) => (
            <>
              {kinds.map(({ kind, label, hint }) => (
                <Switch
                  key={kind}
                  label={label}
                  hint={hint}
                  checked={field.value.includes(kind)}
                  onCheckedChange={(on) =>
                    field.onChange(
                      kinds
                        .map((other) => other.kind)
                        .filter((other) => (other === kind ? on : field.value.includes(other))),
                    )
                  }
                  disabled={Boolean(refused)}
                />
              ))}
            </>
          )}
        />
        {form.watch("guardrails.kinds").length > 0 && (
          <Toggle
            name="guardrails.answers"
            label="In answers as well"
            hint="Your own address is replaced too, so leave this off if the agent is to tell it. The last words of an answer wait for what follows them."
          />
        )}
      </CardBody>
    </Card>
  );
}

const outages: readonly Choice<WhenDown>[] = [
  {
    value: "block",
    label: "Do not answer",
    text: "The check is tried again for about ten seconds. Then visitors read that it cannot be done right now.",
  },
  {
    value: "allow",
    label: "Answer unchecked",
    text: "Phrases and personal data are looked for all the same: that needs nobody else.",
  },
];

function Outages() {
  const { form, refused } = useEditor();
  return (
    <Card>
      <CardHeader
        title="When a check cannot be made"
        description="Moderation, and the model that judges topics, can be out of order."
      />
      <CardBody>
        <Controller
          control={form.control}
          name="guardrails.whenDown"
          render={({ field }) => (
            <Choices
              legend="Until it works again"
              choices={outages}
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
