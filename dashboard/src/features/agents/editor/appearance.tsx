import { Controller } from "react-hook-form";
import type { Appearance as Looks } from "@/api/types";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Choices } from "@/components/ui/choice";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ColorField } from "@/features/agents/editor/color-field";
import { limits } from "@/features/agents/editor/form";
import { useEditor } from "@/features/agents/editor/use-editor";

/** How the widget looks where a page's snippet says nothing else. */
export function Appearance() {
  return (
    <>
      <Heading />
      <Look />
    </>
  );
}

function Heading() {
  const { form, refused } = useEditor();
  const { register, formState } = form;
  const errors = formState.errors.appearance;
  return (
    <Card>
      <CardHeader title="Heading" description="The top of the panel." />
      <CardBody>
        <Field label="Title" hint="Left empty, it is the agent's name.">
          <Input
            maxLength={limits.title}
            readOnly={Boolean(refused)}
            {...register("appearance.title")}
          />
        </Field>
        <Field label="Subtitle">
          <Input
            maxLength={limits.subtitle}
            placeholder="We usually answer at once"
            readOnly={Boolean(refused)}
            {...register("appearance.subtitle")}
          />
        </Field>
        <Field
          label="Icon"
          hint="The address of a square image. Left empty, it is a speech bubble."
          error={errors?.iconUrl?.message}
        >
          <Input
            type="url"
            placeholder="https://www.example.com/icon.png"
            readOnly={Boolean(refused)}
            {...register("appearance.iconUrl", { setValueAs: (value: string) => value.trim() })}
          />
        </Field>
      </CardBody>
    </Card>
  );
}

const positions: { value: Looks["position"]; label: string }[] = [
  { value: "bottom-right", label: "Bottom right" },
  { value: "bottom-left", label: "Bottom left" },
];

const themes: { value: Looks["theme"]; label: string; text: string }[] = [
  { value: "auto", label: "Automatic", text: "As the visitor's system" },
  { value: "light", label: "Light", text: "Always" },
  { value: "dark", label: "Dark", text: "Always" },
];

function Look() {
  const { form, refused } = useEditor();
  const { control, formState } = form;
  return (
    <Card>
      <CardHeader title="Look" description="A page's snippet may overrule each of these." />
      <CardBody>
        <Controller
          control={control}
          name="appearance.color"
          render={({ field }) => (
            <ColorField
              value={field.value}
              onChange={field.onChange}
              onBlur={field.onBlur}
              error={formState.errors.appearance?.color?.message}
              readOnly={Boolean(refused)}
            />
          )}
        />
        <Controller
          control={control}
          name="appearance.position"
          render={({ field }) => (
            <Choices
              legend="Position"
              choices={positions}
              value={field.value}
              onChange={field.onChange}
              disabled={Boolean(refused)}
              columns={2}
            />
          )}
        />
        <Controller
          control={control}
          name="appearance.theme"
          render={({ field }) => (
            <Choices
              legend="Theme"
              choices={themes}
              value={field.value}
              onChange={field.onChange}
              disabled={Boolean(refused)}
              columns={3}
            />
          )}
        />
      </CardBody>
    </Card>
  );
}
