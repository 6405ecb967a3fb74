import { describe, expect, it } from "vitest";
import type { AgentConfig } from "@/api/types";
import {
  type GuardrailsForm,
  guardrailErrors,
  guardrailsFormOf,
  guardrailsInWords,
  guardrailsOf,
} from "@/features/agents/guardrails/form";
import { sampleConfig } from "@/test/samples";

const full: AgentConfig["guardrails"] = {
  moderation: {
    input: true,
    output: true,
    model: "judge",
    thresholds: { violence: 0.5 },
    message: "No.",
  },
  blockedTopics: [
    { name: "Tax", phrases: ["tax return*", "Steuer"], description: "How to save taxes." },
    { name: "Law", phrases: ["sue"] },
  ],
  topicMessage: "Ask an adviser.",
  redact: { kinds: ["email", "iban"], answers: true },
  whenDown: "allow",
};

it("gives back what it was made of", () => {
  expect(guardrailsOf(guardrailsFormOf(full))).toEqual(full);
  const { guardrails } = sampleConfig();
  expect(guardrailsOf(guardrailsFormOf(guardrails))).toEqual(guardrails);
});

it("drops empty rows and lines", () => {
  const form = guardrailsFormOf(full);
  form.topics = [
    { name: " Tax ", phrases: " a \n\n b", description: " " },
    { name: "", phrases: " ", description: "" },
  ];
  form.thresholds.push({ category: " ", limit: "0.5" });
  const { blockedTopics, moderation } = guardrailsOf(form);
  expect(blockedTopics).toEqual([{ name: "Tax", phrases: ["a", "b"] }]);
  expect(moderation?.thresholds).toEqual({ violence: 0.5 });
});

describe("guardrailErrors", () => {
  const withTopics = (...topics: GuardrailsForm["topics"]) =>
    guardrailErrors({ ...guardrailsFormOf(full), topics })?.topics;
  const topic = { name: "Tax", phrases: "tax", description: "" };

  it("accepts what the API accepts", () => {
    expect(guardrailErrors(guardrailsFormOf(full))).toBeUndefined();
    expect(withTopics({ name: "", phrases: "", description: "" })).toBeUndefined();
    expect(withTopics({ ...topic, phrases: "税金\nc'est la vie" })).toBeUndefined();
  });

  it.each([
    [{ ...topic, name: " " }, "name"],
    [{ ...topic, name: "None" }, "name"],
    [{ ...topic, phrases: " " }, "phrases"],
    [{ ...topic, phrases: "ok\n*!" }, "phrases"],
    [{ ...topic, phrases: "1 2 3 4 5 6 7 8 9" }, "phrases"],
    [{ ...topic, phrases: "a\n".repeat(51) }, "phrases"],
  ])("refuses %j", (wrong, field) => {
    expect(withTopics(wrong)?.[0]).toHaveProperty(field);
  });

  it("names the second topic of a name", () => {
    const errors = withTopics(topic, { ...topic, name: "tax " });
    expect(errors?.[0]).toBeUndefined();
    expect(errors?.[1]).toHaveProperty("name");
  });

  it.each(["0", "1.1", "-1", "half", ""])("refuses a threshold of %j", (limit) => {
    const form = { ...guardrailsFormOf(full), thresholds: [{ category: "hate", limit }] };
    expect(guardrailErrors(form)?.thresholds?.[0]).toHaveProperty("limit");
  });
});

it("has words for all of it", () => {
  expect(guardrailsInWords(sampleConfig().guardrails)).toBe("");
  expect(guardrailsInWords(full).split("\n")).toHaveLength(9);
});
