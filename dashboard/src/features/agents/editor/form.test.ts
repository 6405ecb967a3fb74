import { describe, expect, it } from "vitest";
import { contentOf, errorsIn, formOf, limits, parseOrigin } from "@/features/agents/editor/form";
import { sampleAgent, sampleConfig } from "@/test/samples";

it("gives back what it was made of", () => {
  const limits = { maxOutputTokens: 500, maxSteps: 3, maxCostMicros: 250_001 };
  const agent = sampleAgent({ draft: sampleConfig(limits) });
  expect(contentOf(formOf(agent))).toEqual({ name: agent.name, draft: agent.draft });
});

it("keeps a schema of the answers, and lets none through that cannot be read", () => {
  const output = { kind: "schema" as const, schema: { type: "object", required: ["a"] } };
  const agent = sampleAgent({ draft: sampleConfig({ output }) });
  const form = formOf(agent);
  expect(contentOf(form).draft.output).toEqual(output);
  expect(errorsIn(form).outputSchema).toBeUndefined();
  for (const outputSchema of ["", "{", "[]", '{"type":"string"}']) {
    expect(errorsIn({ ...form, outputSchema }).outputSchema?.message).toMatch(/\.$/);
  }
  expect(errorsIn({ ...form, outputKind: "text", outputSchema: "{" }).outputSchema).toBeUndefined();
  expect(contentOf({ ...form, outputKind: "text" }).draft.output).toEqual({ kind: "text" });
});

it("trims, and drops empty rows", () => {
  const form = formOf(sampleAgent());
  form.name = "  Support  ";
  form.starterPrompts = [{ text: " One? " }, { text: "  " }];
  const { name, draft } = contentOf(form);
  expect(name).toBe("Support");
  expect(draft.starterPrompts).toEqual(["One?"]);
});

describe("parseOrigin", () => {
  it.each([
    ["https://shop.example", "https://shop.example"],
    ["https://shop.example/path?x#y", "https://shop.example"],
    ["  http://localhost:3000/ ", "http://localhost:3000"],
    ["shop.example", "https://shop.example"],
    ["HTTPS://Shop.Example:443", "https://shop.example"],
    ["https://müller.example", "https://xn--mller-kva.example"],
  ])("understands %s", (text, origin) => {
    expect(parseOrigin(text)).toEqual({ origin });
  });

  it.each(["https://*.shop.example", "ftp://shop.example", "https://", "a b", ""])(
    "refuses %j with a sentence",
    (text) => {
      expect(parseOrigin(text)).toEqual({ error: expect.stringMatching(/\.$/) });
    },
  );
});

describe("errorsIn", () => {
  const withChange = (change: Partial<ReturnType<typeof formOf>>) =>
    errorsIn({ ...formOf(sampleAgent()), ...change });

  it("accepts what the API accepts", () => {
    expect(withChange({})).toEqual({});
    expect(withChange({ maxOutputTokens: "200000" })).toEqual({});
  });

  it.each(["0", "-5", "1.5", "many", "200001"])("refuses %s output tokens", (maxOutputTokens) => {
    expect(withChange({ maxOutputTokens })).toHaveProperty("maxOutputTokens");
  });

  it.each(["0", "51", "1.5", "many"])("refuses %s steps", (maxSteps) => {
    expect(withChange({ maxSteps })).toHaveProperty("maxSteps");
  });

  it.each(["0", "-1", "1,5", "a lot", "1001", "1e3"])("refuses a cost of %s", (maxCost) => {
    expect(withChange({ maxCost })).toHaveProperty("maxCost");
    expect(withChange({ maxCost: ".5", maxSteps: "50" })).toEqual({});
  });

  it("names each wrong field", () => {
    const { appearance } = formOf(sampleAgent());
    const errors = withChange({
      name: " ",
      instructions: "x".repeat(limits.instructions + 1),
      appearance: { ...appearance, color: "#12", iconUrl: "http://insecure.example/i.png" },
    });
    expect(Object.keys(errors).sort()).toEqual(["appearance", "instructions", "name"]);
    expect(Object.keys(errors.appearance ?? {}).sort()).toEqual(["color", "iconUrl"]);
  });
});
