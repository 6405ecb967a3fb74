import type { FieldErrors, Resolver } from "react-hook-form";
import type { Agent, AgentConfig } from "@/api/types";
import {
  type GuardrailsForm,
  guardrailErrors,
  guardrailLimits,
  guardrailsFormOf,
  guardrailsOf,
  linesOf,
} from "@/features/agents/guardrails/form";
import { isHexColor } from "@/lib/color";
import { formatNumber } from "@/lib/format";

/** An agent as its editor holds it: lists of objects, as the form library wants them. */
export interface AgentForm {
  name: string;
  instructions: string;
  model: string;
  /** One a line. */
  fallbackModels: string;
  /** "" leaves the length of an answer to the provider. */
  maxOutputTokens: string;
  /** "" leaves the number of steps to the server. */
  maxSteps: string;
  /** What one answer may cost, in US dollars; "" for no limit. */
  maxCost: string;
  greeting: string;
  starterPrompts: { text: string }[];
  suggestions: boolean;
  outputKind: AgentConfig["output"]["kind"];
  /** The schema of the answers as it is written; kept while another kind is chosen. */
  outputSchema: string;
  recovery: AgentConfig["recovery"];
  tools: AgentConfig["tools"];
  human: AgentConfig["human"];
  handoffs: AgentConfig["handoffs"];
  guardrails: GuardrailsForm;
  allowedOrigins: { origin: string }[];
  appearance: AgentConfig["appearance"];
}

/** What a save sends. */
export interface AgentContent {
  name: string;
  draft: AgentConfig;
}

export const limits = {
  name: 80,
  instructions: 20_000,
  greeting: 1_000,
  starterPrompts: 6,
  starterPrompt: 200,
  title: 80,
  subtitle: 160,
  maxOutputTokens: 200_000,
  maxSteps: 50,
  maxCost: 1_000, // US dollars
};

const micros = 1_000_000; // of a dollar

export function formOf({ name, draft }: Pick<Agent, "name" | "draft">): AgentForm {
  return {
    name,
    instructions: draft.instructions,
    model: draft.model,
    fallbackModels: draft.fallbackModels.join("\n"),
    maxOutputTokens: draft.maxOutputTokens ? String(draft.maxOutputTokens) : "",
    maxSteps: draft.maxSteps ? String(draft.maxSteps) : "",
    maxCost: draft.maxCostMicros ? String(draft.maxCostMicros / micros) : "",
    greeting: draft.greeting,
    starterPrompts: draft.starterPrompts.map((text) => ({ text })),
    suggestions: draft.suggestions,
    outputKind: draft.output.kind,
    outputSchema: draft.output.schema ? JSON.stringify(draft.output.schema, null, 2) : "",
    recovery: draft.recovery,
    tools: draft.tools,
    human: draft.human,
    handoffs: draft.handoffs,
    guardrails: guardrailsFormOf(draft.guardrails),
    allowedOrigins: draft.allowedOrigins.map((origin) => ({ origin })),
    appearance: draft.appearance,
  };
}

/** The content of a form; empty rows of its lists do not count. */
export function contentOf(form: AgentForm): AgentContent {
  const { name, maxOutputTokens, maxSteps, maxCost, starterPrompts, allowedOrigins, ...others } =
    form;
  const { outputKind: _, outputSchema: __, ...rest } = others;
  return {
    name: name.trim(),
    draft: {
      ...rest,
      output: outputOf(form),
      model: rest.model.trim(),
      fallbackModels: linesOf(rest.fallbackModels),
      guardrails: guardrailsOf(rest.guardrails),
      maxOutputTokens: maxOutputTokens === "" ? 0 : Number(maxOutputTokens),
      maxSteps: Number(maxSteps),
      maxCostMicros: Math.round(Number(maxCost) * micros),
      starterPrompts: starterPrompts.map(({ text }) => text.trim()).filter(Boolean),
      allowedOrigins: allowedOrigins.map(({ origin }) => origin.trim()).filter(Boolean),
    },
  };
}

/**
 * Reads what a person typed as a web origin (scheme://host[:port]): an address with a path, or a
 * bare host, is understood. The error is a sentence.
 */
export function parseOrigin(text: string): { origin: string } | { error: string } {
  const trimmed = text.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (/[\s*]/.test(trimmed)) {
    return { error: "Name each site on its own: spaces and * do not work here." };
  }
  try {
    const url = new URL(address);
    if (url.protocol !== "https:" && url.protocol !== "http:") {
      return { error: "A site begins with https:// or http://." };
    }
    return { origin: url.origin };
  } catch {
    return { error: "That is not a web address. Write something like https://www.example.com." };
  }
}

/** The form of the answers; a schema that cannot be read is left out, and is an error of its own. */
function outputOf({ outputKind: kind, outputSchema }: AgentForm): AgentConfig["output"] {
  const schema = kind === "schema" ? readSchema(outputSchema) : undefined;
  return schema && "schema" in schema ? { kind, schema: schema.schema } : { kind };
}

/** Reads a JSON Schema that a person has written. The error is a sentence. */
export function readSchema(text: string): { schema: object } | { error: string } {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    const where = error instanceof SyntaxError ? ` (${error.message})` : "";
    return { error: text.trim() ? `This is not JSON yet${where}.` : "Write a JSON Schema." };
  }
  const isObject = typeof schema === "object" && schema !== null && !Array.isArray(schema);
  if (!isObject || (schema as { type?: unknown }).type !== "object") {
    return { error: 'An answer is an object: the schema needs "type": "object".' };
  }
  return { schema: schema as object };
}

type Problems = { [Field in keyof Omit<AgentForm, "guardrails">]?: string };

function problemsOf(form: AgentForm): Problems {
  const problems: Problems = {};
  if (!form.name.trim()) problems.name = "Give it a name.";
  if (form.instructions.length > limits.instructions) {
    problems.instructions = `Shorten it to ${formatNumber(limits.instructions)} characters.`;
  }
  const schema = form.outputKind === "schema" ? readSchema(form.outputSchema) : undefined;
  if (schema && "error" in schema) problems.outputSchema = schema.error;
  const tokens = form.maxOutputTokens;
  if (
    tokens !== "" &&
    !(/^\d+$/.test(tokens) && +tokens >= 1 && +tokens <= limits.maxOutputTokens)
  ) {
    problems.maxOutputTokens = `Write a whole number from 1 to ${formatNumber(limits.maxOutputTokens)}, or nothing.`;
  }
  const fallbacks = linesOf(form.fallbackModels);
  if (fallbacks.length > guardrailLimits.fallbacks || new Set(fallbacks).size < fallbacks.length) {
    problems.fallbackModels = `Write at most ${guardrailLimits.fallbacks} models, each once.`;
  }
  return { ...problems, ...limitProblems(form) };
}

function limitProblems({ maxSteps, maxCost }: AgentForm): Problems {
  const problems: Problems = {};
  const isSteps = /^\d+$/.test(maxSteps) && +maxSteps >= 1 && +maxSteps <= limits.maxSteps;
  if (maxSteps !== "" && !isSteps) {
    problems.maxSteps = `Write a whole number from 1 to ${limits.maxSteps}, or nothing.`;
  }
  const isCost = /^\d*\.?\d+$/.test(maxCost) && +maxCost > 0 && +maxCost <= limits.maxCost;
  if (maxCost !== "" && !isCost) {
    problems.maxCost = `Write an amount like 0.25, up to ${formatNumber(limits.maxCost)}, or nothing.`;
  }
  return problems;
}

function appearanceProblems({ color, iconUrl }: AgentForm["appearance"]) {
  const problems: { color?: string; iconUrl?: string } = {};
  if (color && !isHexColor(color)) problems.color = "Write a colour like #5b4be1.";
  if (iconUrl && !isHttpsUrl(iconUrl))
    problems.iconUrl = "Write an address that begins with https://.";
  return problems;
}

function isHttpsUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === "https:";
}

/** What the server would refuse, in words that say how to put it right. */
export function errorsIn(values: AgentForm): FieldErrors<AgentForm> {
  const errors: FieldErrors<AgentForm> = {};
  for (const [field, message] of Object.entries(problemsOf(values))) {
    errors[field as keyof Problems] = { type: "validate", message };
  }
  for (const [field, message] of Object.entries(appearanceProblems(values.appearance))) {
    errors.appearance = { ...errors.appearance, [field]: { type: "validate", message } };
  }
  const handoffs = handoffProblem(values);
  if (handoffs) errors.handoffs = { type: "validate", message: handoffs };
  const hours = hoursProblem(values.human.hours);
  if (hours) errors.human = { type: "validate", message: hours };
  const guardrails = guardrailErrors(values.guardrails);
  if (guardrails) errors.guardrails = guardrails;
  return errors;
}

/** Rows that are being filled in are not saved yet, and neither is the rest. */
function handoffProblem({ handoffs }: AgentForm): string | undefined {
  if (handoffs.some(({ when }) => !when.trim())) return "Say when to hand over.";
  if (handoffs.some(({ agentId }) => !agentId)) return "Choose the agent to hand over to.";
  const names = handoffs.map(({ name }) => name);
  if (names.some((name) => !/^[a-z0-9_]{1,40}$/.test(name) || name === "person")) {
    return "A name has lower-case letters, digits and _, and is not “person”.";
  }
  if (new Set(names).size < names.length) return "Each handoff needs a name of its own.";
  return undefined;
}

function hoursProblem(hours: AgentForm["human"]["hours"]): string | undefined {
  if (!hours) return undefined;
  if (hours.days.length === 0) return "Add at least one stretch of time.";
  if (hours.days.some(({ from, to }) => !from || !to || to <= from)) {
    return "The hours end before they begin.";
  }
  return undefined;
}

export const agentResolver: Resolver<AgentForm> = (values) => {
  const errors = errorsIn(values);
  return Object.keys(errors).length === 0 ? { values, errors: {} } : { values: {}, errors };
};
