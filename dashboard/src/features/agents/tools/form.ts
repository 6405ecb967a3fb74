import type { Tool } from "@/api/types";
import { isRecord, isSame } from "@/features/approvals/words";

type Http = NonNullable<Tool["http"]>;
type Headers = Record<string, string>;

/** A tool as its dialog holds it: documents as text, lists of objects. */
export interface ToolForm {
  name: string;
  title: string;
  description: string;
  kind: Tool["kind"];
  class: Tool["class"];
  method: Http["method"];
  url: string;
  headers: { name: string; value: string }[];
  body: string;
  result: string;
  probeUrl: string;
  /** Headers that the probe has of its own, maybe none; undefined: those of the request. */
  probeHeaders: Headers | undefined;
  timeoutSeconds: string;
  inputSchema: string;
  /** Of what a page answers; "": anything. */
  outputSchema: string;
  policy: Tool["policy"];
  mcp: Tool["mcp"];
}

const firstSchema = {
  type: "object",
  properties: { order: { type: "string", description: "The order's number" } },
  required: ["order"],
  additionalProperties: false,
};

export const newTool: Tool = {
  name: "",
  kind: "http",
  class: "read",
  inputSchema: firstSchema,
  policy: { default: "allow" },
  http: { method: "GET", url: "" },
};

export const newClientTool: Tool = {
  name: "",
  kind: "client",
  class: "read",
  inputSchema: { type: "object", properties: {}, additionalProperties: false },
  policy: { default: "allow" },
};

export function formOf(tool: Tool): ToolForm {
  const { http } = tool;
  return {
    name: tool.name,
    title: tool.title ?? "",
    description: tool.description ?? "",
    kind: tool.kind,
    class: tool.class,
    method: http?.method ?? "GET",
    url: http?.url ?? "",
    headers: Object.entries(http?.headers ?? {}).map(([name, value]) => ({ name, value })),
    body: http?.body === undefined || http.body === null ? "" : JSON.stringify(http.body, null, 2),
    result: http?.result ?? "",
    probeUrl: http?.probe?.url ?? "",
    probeHeaders: ownHeaders(http),
    timeoutSeconds: tool.timeoutSeconds ? String(tool.timeoutSeconds) : "",
    inputSchema: JSON.stringify(tool.inputSchema ?? firstSchema, null, 2),
    outputSchema: tool.outputSchema ? JSON.stringify(tool.outputSchema, null, 2) : "",
    policy: tool.policy,
    mcp: tool.mcp,
  };
}

function ownHeaders(http: Tool["http"]): Headers | undefined {
  if (!http?.probe || isSame(http.probe.headers ?? {}, http.headers ?? {})) return undefined;
  return http.probe.headers ?? {};
}

/** The documents of a form that are no JSON, by their fields. */
export function unreadable(form: ToolForm): Unreadable {
  const wrong: Unreadable = {};
  if (form.kind !== "http" && form.kind !== "client") return wrong;
  if (!isJson(form.inputSchema)) wrong.inputSchema = notJson;
  if (form.kind === "client" && form.outputSchema.trim() && !isJson(form.outputSchema)) {
    wrong.outputSchema = notJson;
  }
  if (form.kind === "http" && hasBody(form) && !isJson(form.body)) wrong.body = notJson;
  return wrong;
}

export type Unreadable = Partial<Record<"body" | "inputSchema" | "outputSchema", string>>;

const notJson = "This is not JSON.";

/** Whether the request has a body of its own. What was written before it became a GET is not sent. */
function hasBody({ method, body }: ToolForm): boolean {
  return method !== "GET" && body.trim() !== "";
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The tool of a form whose documents can be read. What is left empty is left out. */
export function toolOf(form: ToolForm): Tool {
  const common = {
    name: form.name.trim(),
    title: form.title.trim() || undefined,
    kind: form.kind,
    class: form.class,
    timeoutSeconds: Number(form.timeoutSeconds) || undefined,
    policy: policyOf(form),
  };
  if (form.kind === "builtin") return common;
  const described = {
    ...common,
    description: form.description.trim(),
    inputSchema: JSON.parse(form.inputSchema),
  };
  if (form.kind === "mcp") return { ...described, mcp: form.mcp };
  if (form.kind === "client") {
    const outputSchema = form.outputSchema.trim() ? JSON.parse(form.outputSchema) : undefined;
    return { ...described, outputSchema };
  }
  return {
    ...described,
    http: {
      method: form.method,
      url: form.url.trim(),
      headers: headersOf(form),
      body: hasBody(form) ? JSON.parse(form.body) : undefined,
      result: form.result.trim() || undefined,
      probe:
        form.class === "write" && form.probeUrl.trim()
          ? { url: form.probeUrl.trim(), headers: probeHeadersOf(form) }
          : undefined,
    },
  };
}

/** Whether the team may be asked about a call. */
export function asksStaff({ default: first, rules = [] }: Tool["policy"]): boolean {
  return first === "ask_staff" || rules.some(({ then }) => then === "ask_staff");
}

/** Visitors are not reminded: a reminder whose field is out of sight does not count. */
function policyOf({ policy }: ToolForm): Tool["policy"] {
  if (!policy.approval || asksStaff(policy)) return policy;
  const { remindAfterMinutes: _, ...approval } = policy.approval;
  return { ...policy, approval };
}

function headersOf({ headers }: ToolForm): Headers | undefined {
  const named = headers.filter(({ name }) => name.trim());
  if (named.length === 0) return undefined;
  return Object.fromEntries(named.map(({ name, value }) => [name.trim(), value]));
}

function probeHeadersOf(form: ToolForm): Headers | undefined {
  const own = form.probeHeaders;
  if (!own) return headersOf(form);
  return Object.keys(own).length > 0 ? own : undefined;
}

/** Arguments that fit a schema well enough to begin with. */
export function exampleOf(schema: unknown): Record<string, unknown> {
  if (!isRecord(schema) || !isRecord(schema.properties)) return {};
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const { properties } = schema;
  const names = Object.keys(properties).filter((name) => required.includes(name));
  return Object.fromEntries(names.map((name) => [name, exampleValue(properties[name])]));
}

const examples: Record<string, unknown> = {
  string: "",
  boolean: false,
  array: [],
  null: null,
};

function exampleValue(schema: unknown): unknown {
  if (!isRecord(schema)) return "";
  for (const word of ["default", "const", "example"]) {
    if (word in schema) return schema[word];
  }
  for (const list of [schema.examples, schema.enum]) {
    if (Array.isArray(list) && list.length > 0) return list[0];
  }
  const type = String(Array.isArray(schema.type) ? schema.type[0] : schema.type);
  if (type === "object") return exampleOf(schema);
  if (type === "number" || type === "integer") return schema.minimum ?? 0;
  return type in examples ? examples[type] : "";
}
