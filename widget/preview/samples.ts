import { isRecord, type Part, type WidgetConfig } from "../app/protocol";

/** The configuration of a draft, with what the widget itself is not told. */
export interface DraftConfig extends WidgetConfig {
  /** The form of the agent's answers. */
  output?: { kind: string; schema?: unknown };
}

const plain =
  "This is a **preview**, so no model is asked. Publish the agent and put it on a page to talk to it.";

const shown =
  "This is a **preview** with one of each component. An answer holds those that the model finds useful, and mostly none.";

const components = [
  {
    component: "card",
    props: {
      title: "A card",
      text: "Presents one thing, with a picture if there is one.",
      links: [{ label: "Read more", url: "https://example.com/" }],
    },
  },
  {
    component: "list",
    props: {
      title: "A list",
      items: [
        { title: "Its first entry", text: "With a line below it." },
        { title: "Its second entry", url: "https://example.com/" },
      ],
    },
  },
  { component: "image", props: { url: "https://example.com/picture.png", alt: "A picture" } },
  { component: "link", props: { label: "A link", url: "https://example.com/" } },
  {
    component: "form",
    props: {
      title: "A form",
      fields: [
        { name: "name", label: "Your name", type: "text", required: true },
        { name: "day", label: "A day", type: "date" },
        { name: "size", label: "A choice", type: "choice", options: ["Small", "Large"] },
        { name: "news", label: "A box to tick", type: "checkbox" },
      ],
    },
  },
  {
    component: "confirmation",
    props: { text: "A question before something is done?", confirm: "Yes", cancel: "No" },
  },
];

/** What an answer of the draft's form may look like. */
export function sampleAnswer({ output }: DraftConfig): { text: string; parts: Part[] } {
  const suggestions = {
    type: "data-suggestions",
    id: "s",
    data: { items: ["And then?", "Thanks"] },
  };
  switch (output?.kind) {
    case "suggestions":
      return { text: plain, parts: [suggestions] };
    case "components":
      return {
        text: shown,
        parts: [
          ...components.map((data, index) => ({ type: "data-ui", id: `ui-${index}`, data })),
          suggestions,
        ],
      };
    case "schema":
      return sampleDocument(output.schema);
    default:
      return { text: plain, parts: [] };
  }
}

function sampleDocument(schema: unknown): { text: string; parts: Part[] } {
  const value = sampleOf(schema);
  const speaks = isRecord(value) && typeof value.response === "string";
  const document: Part = { type: "data-object", id: "object", data: { value, complete: true } };
  return { text: speaks ? plain : "", parts: isRecord(value) ? [document] : [] };
}

/** How far a schema is followed that refers to itself. */
const DEEPEST = 6;

/** Something that has about the form of a schema. */
export function sampleOf(schema: unknown, depth = 0): unknown {
  if (!isRecord(schema) || depth > DEEPEST) return "…";
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const [one] = [schema.anyOf, schema.oneOf].filter(Array.isArray).flat();
  if (one) return sampleOf(one, depth + 1);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "object": {
      const fields = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
      return Object.fromEntries(fields.map(([name, field]) => [name, sampleOf(field, depth + 1)]));
    }
    case "array":
      return [sampleOf(schema.items, depth + 1)];
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum : 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return "…";
  }
}
