import { expect, it } from "vitest";
import { changesBetween, linesBetween } from "@/features/agents/editor/changes";
import { sampleConfig } from "@/test/samples";

it("finds nothing between equal configurations", () => {
  expect(changesBetween(sampleConfig(), sampleConfig())).toEqual([]);
});

it("has words for a change of every field", () => {
  const changed = sampleConfig({
    instructions: "Be brief.",
    model: "other",
    fallbackModels: ["second"],
    guardrails: { moderation: { input: true } },
    maxSteps: 5,
    maxCostMicros: 250_000,
    maxOutputTokens: 10,
    greeting: "Hi",
    starterPrompts: ["Two?", "One?"],
    suggestions: true,
    output: { kind: "schema", schema: { type: "object" } },
    recovery: "regenerate",
    tools: [{ name: "calculate", kind: "builtin", class: "read", policy: { default: "allow" } }],
    human: { enabled: true },
    handoffs: [{ name: "sales", agentId: "agent-2", when: "Always." }],
    allowedOrigins: [],
    appearance: {
      title: "Help",
      subtitle: "Now",
      color: "",
      position: "bottom-left",
      theme: "dark",
      iconUrl: "https://shop.example/i.png",
    },
  });
  const { appearance, ...others } = changed;
  const fields = Object.keys(others).length + Object.keys(appearance).length;
  expect(changesBetween(sampleConfig(), changed)).toHaveLength(fields);
});

it("shows the default's name in place of nothing", () => {
  const [change] = changesBetween(sampleConfig({ model: "big" }), sampleConfig());
  expect(change).toEqual({ label: "Model", before: "big", after: "The workspace's default" });
});

it("compares texts line by line", () => {
  expect(linesBetween("a\nb\nc", "a\nc\nd")).toEqual([
    { kind: "same", text: "a" },
    { kind: "removed", text: "b" },
    { kind: "same", text: "c" },
    { kind: "added", text: "d" },
  ]);
});

it("keeps empty lines", () => {
  expect(linesBetween("a\n\nb", "a\n\nb").map(({ text }) => text)).toEqual(["a", "", "b"]);
});
