import type { Tool } from "@/api/types";

type Http = NonNullable<Tool["http"]>;

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
  timeoutSeconds: string;
  inputSchema: string;
  policy: Tool["policy"];
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
    timeoutSeconds: tool.timeoutSeconds ? String(tool.timeoutSeconds) : "",
    inputSchema: JSON.stringify(tool.inputSchema ?? firstSchema, null, 2),
    policy: tool.policy,
  };
}

/** The documents of a form that are no JSON, by their fields. */
export function unreadable(form: ToolForm): Partial<Record<"body" | "inputSchema", string>> {
  const wrong: Partial<Record<"body" | "inputSchema", string>> = {};
  if (form.kind !== "http") return wrong;
  if (!isJson(form.inputSchema)) wrong.inputSchema = "This is not JSON.";
  if (form.body.trim() && !isJson(form.body)) wrong.body = "This is not JSON.";
  return wrong;
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
    policy: form.policy,
  };
  if (form.kind === "builtin") return common;
  return {
    ...common,
    description: form.description.trim(),
    inputSchema: JSON.parse(form.inputSchema),
    http: {
      method: form.method,
      url: form.url.trim(),
      headers: headersOf(form),
      body: form.body.trim() ? JSON.parse(form.body) : undefined,
      result: form.result.trim() || undefined,
      probe:
        form.class === "write" && form.probeUrl.trim()
          ? { url: form.probeUrl.trim(), headers: headersOf(form) }
          : undefined,
    },
  };
}

function headersOf({ headers }: ToolForm): Record<string, string> | undefined {
  const named = headers.filter(({ name }) => name.trim());
  if (named.length === 0) return undefined;
  return Object.fromEntries(named.map(({ name, value }) => [name.trim(), value]));
}
