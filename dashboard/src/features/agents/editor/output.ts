import type { AgentConfig } from "@/api/types";
import type { Choice } from "@/components/ui/choice";

type Output = AgentConfig["output"];

/** The forms that answers may have. */
export const outputs: readonly Choice<Output["kind"]>[] = [
  { value: "text", label: "Text", text: "As the model writes." },
  {
    value: "suggestions",
    label: "Text with suggestions",
    text: "What the visitor may say next, as buttons, from the same call to the model.",
  },
  {
    value: "components",
    label: "Text with components",
    text: "Also cards, lists, links, pictures, forms and questions, where they help. What visitors fill in comes back as their next message.",
  },
  {
    value: "schema",
    label: "Your own schema",
    text: "A JSON document, for your own programs. A property “response” is shown as text.",
  },
];

export function outputInWords({ kind, schema }: Output): string {
  const label = outputs.find(({ value }) => value === kind)?.label ?? kind;
  return schema ? `${label}\n${JSON.stringify(schema, null, 2)}` : label;
}

/** What a schema may begin as. */
export const sampleSchema = JSON.stringify(
  {
    type: "object",
    additionalProperties: false,
    required: ["response", "topic"],
    properties: {
      response: { type: "string", description: "What the visitor reads, in Markdown." },
      topic: { type: "string", enum: ["order", "return", "other"] },
    },
  },
  null,
  2,
);
