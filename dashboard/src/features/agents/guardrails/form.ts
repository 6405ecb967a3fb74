import type { FieldError, FieldErrors } from "react-hook-form";
import type { AgentConfig } from "@/api/types";
import type { AgentForm } from "@/features/agents/editor/form";

type Guardrails = AgentConfig["guardrails"];
type Topic = NonNullable<Guardrails["blockedTopics"]>[number];
export type RedactKind = NonNullable<NonNullable<Guardrails["redact"]>["kinds"]>[number];
export type WhenDown = NonNullable<Guardrails["whenDown"]>;

/** An agent's guardrails as the editor holds them. */
export interface GuardrailsForm {
  input: boolean;
  output: boolean;
  judge: string;
  thresholds: { category: string; limit: string }[];
  message: string;
  /** phrases: one a line. */
  topics: { name: string; phrases: string; description: string }[];
  topicMessage: string;
  kinds: RedactKind[];
  answers: boolean;
  whenDown: WhenDown;
}

export const guardrailLimits = {
  topics: 20,
  phrases: 50,
  phrase: 100,
  phraseWords: 8,
  name: 80,
  description: 500,
  message: 500,
  fallbacks: 4,
};

export function guardrailsFormOf(guardrails: Guardrails): GuardrailsForm {
  const { moderation = {}, blockedTopics = [], redact = {} } = guardrails;
  return {
    input: moderation.input ?? false,
    output: moderation.output ?? false,
    judge: moderation.model ?? "",
    thresholds: Object.entries(moderation.thresholds ?? {}).map(([category, limit]) => ({
      category,
      limit: String(limit),
    })),
    message: moderation.message ?? "",
    topics: blockedTopics.map(({ name, phrases = [], description = "" }) => ({
      name,
      phrases: phrases.join("\n"),
      description,
    })),
    topicMessage: guardrails.topicMessage ?? "",
    kinds: redact.kinds ?? [],
    answers: redact.answers ?? false,
    whenDown: guardrails.whenDown ?? "block",
  };
}

/** The lines of a text that have something on them. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

export function guardrailsOf(form: GuardrailsForm): Guardrails {
  return {
    moderation: {
      input: form.input,
      output: form.output,
      model: form.judge.trim(),
      thresholds: Object.fromEntries(
        form.thresholds
          .filter(({ category }) => category.trim())
          .map(({ category, limit }) => [category.trim(), Number(limit)]),
      ),
      message: form.message.trim(),
    },
    blockedTopics: form.topics.filter(isUsed).map(topicOf),
    topicMessage: form.topicMessage.trim(),
    redact: { kinds: form.kinds, answers: form.answers },
    whenDown: form.whenDown,
  };
}

type TopicForm = GuardrailsForm["topics"][number];

function isUsed({ name, phrases, description }: TopicForm): boolean {
  return [name, phrases, description].some((text) => text.trim() !== "");
}

function topicOf({ name, phrases, description }: TopicForm): Topic {
  const topic: Topic = { name: name.trim() };
  const list = linesOf(phrases);
  if (list.length > 0) topic.phrases = list;
  if (description.trim()) topic.description = description.trim();
  return topic;
}

/** What the server would refuse, by the number of the topic. */
function topicProblem(topic: TopicForm, others: TopicForm[]): Partial<TopicForm> {
  const name = topic.name.trim().toLowerCase();
  if (!isUsed(topic)) return {};
  if (!name) return { name: "Give it a name." };
  if (name === "none") return { name: "This name stands for no topic at all. Choose another one." };
  if (others.some((other) => other.name.trim().toLowerCase() === name)) {
    return { name: "Another topic has this name." };
  }
  const list = linesOf(topic.phrases);
  if (list.length === 0 && !topic.description.trim()) {
    return { phrases: "Write phrases, or a description for the model to judge by." };
  }
  if (list.length > guardrailLimits.phrases) {
    return { phrases: `Write at most ${guardrailLimits.phrases} phrases.` };
  }
  const wrong = list.find(isWrongPhrase);
  return wrong
    ? { phrases: `“${wrong}” has no letters, or more than ${guardrailLimits.phraseWords} words.` }
    : {};
}

function isWrongPhrase(phrase: string): boolean {
  const words = phrase.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return (
    words.length === 0 ||
    words.length > guardrailLimits.phraseWords ||
    phrase.length > guardrailLimits.phrase
  );
}

function thresholdProblem({ category, limit }: GuardrailsForm["thresholds"][number]) {
  const fine = /^(0?\.\d+|1(\.0+)?|0)$/.test(limit) && Number(limit) > 0;
  return category.trim() && !fine ? "Write a number above 0, and 1 at most." : undefined;
}

type Faults<Row> = Partial<Record<keyof Row, FieldError>>;

/** What the server would refuse, where it stands in the form. */
export function guardrailErrors(form: GuardrailsForm): FieldErrors<AgentForm>["guardrails"] {
  const topics: Faults<TopicForm>[] = [];
  form.topics.forEach((topic, index) => {
    const found = Object.entries(topicProblem(topic, form.topics.slice(0, index)));
    for (const [field, message] of found) topics[index] = { [field]: fault(message) };
  });
  const thresholds: Faults<GuardrailsForm["thresholds"][number]>[] = [];
  form.thresholds.forEach((row, index) => {
    const message = thresholdProblem(row);
    if (message) thresholds[index] = { limit: fault(message) };
  });
  if (topics.length + thresholds.length === 0) return undefined;
  return { ...(topics.length > 0 && { topics }), ...(thresholds.length > 0 && { thresholds }) };
}

function fault(message: string): FieldError {
  return { type: "validate", message };
}

/** Guardrails in words, a line each, to compare two versions. */
export function guardrailsInWords(guardrails: Guardrails): string {
  const form = guardrailsFormOf(guardrails);
  const limits = form.thresholds.map(({ category, limit }) => `${category} from ${limit}`);
  const moderation = [form.input && "questions", form.output && "answers"].filter(Boolean);
  const lines = [
    moderation.length > 0 && `Moderation of ${moderation.join(" and ")}`,
    form.judge && `Judged by ${form.judge}`,
    limits.length > 0 && `Thresholds: ${limits.join(", ")}`,
    form.message && `Instead: ${form.message}`,
    ...form.topics.map((topic) =>
      [`No talk of ${topic.name}`, topic.description, ...linesOf(topic.phrases)]
        .filter(Boolean)
        .join(" · "),
    ),
    form.topicMessage && `Instead of a blocked topic: ${form.topicMessage}`,
    form.kinds.length > 0 &&
      `Not stored: ${form.kinds.join(", ")}${form.answers ? ", in answers as well" : ""}`,
    form.whenDown === "allow" && "While a check is down, answers are given unchecked",
  ];
  return lines.filter(Boolean).join("\n");
}
