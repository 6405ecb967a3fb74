import { expect, it } from "vitest";
import { exampleOf, formOf, newTool, toolOf, unreadable } from "@/features/agents/tools/form";

const refund = {
  name: "refund",
  title: "Refund",
  description: "Gives money back.",
  kind: "http" as const,
  class: "write" as const,
  timeoutSeconds: 30,
  inputSchema: { type: "object" },
  policy: {
    default: "ask_staff" as const,
    // biome-ignore lint/suspicious/noThenProperty: the API\'s word
    rules: [{ when: "args.amount < 5", then: "allow" as const }],
  },
  http: {
    method: "POST" as const,
    url: "https://shop.example/refunds",
    headers: { "X-Key": "{{secrets.SHOP_KEY}}" },
    body: { amount: "{{args.amount}}" },
    result: "id",
    probe: {
      url: "https://shop.example/{{call.id}}",
      headers: { "X-Key": "{{secrets.SHOP_KEY}}" },
    },
  },
};

it("gives back what it was given", () => {
  expect(toolOf(formOf(refund))).toEqual(refund);
});

it("leaves out what is empty, and a probe where nothing needs one", () => {
  const form = {
    ...formOf(refund),
    class: "read" as const,
    headers: [{ name: " ", value: "x" }],
    body: " ",
  };
  const { http } = toolOf(form);
  expect(http).toEqual({ method: "POST", url: refund.http.url, result: "id" });
});

it("names the documents that are no JSON", () => {
  const wrong = { inputSchema: "{", body: "nothing", method: "POST" as const };
  expect(unreadable({ ...formOf(newTool), ...wrong })).toEqual({
    inputSchema: "This is not JSON.",
    body: "This is not JSON.",
  });
  expect(unreadable(formOf(newTool))).toEqual({});
});

it("keeps headers that the probe has of its own", () => {
  const own = { ...refund.http.probe, headers: { "X-Read": "{{secrets.READ_KEY}}" } };
  const tool = { ...refund, http: { ...refund.http, probe: own } };
  const changed = { ...formOf(tool), headers: [{ name: "X-Key", value: "other" }] };
  expect(toolOf(changed).http?.probe).toEqual(own);
  const shared = { ...formOf(refund), headers: changed.headers };
  expect(toolOf(shared).http?.probe?.headers).toEqual({ "X-Key": "other" });
});

it("gives a probe no headers that it had not", () => {
  const bare = { url: refund.http.probe.url };
  const tool = { ...refund, http: { ...refund.http, probe: bare } };
  expect(toolOf(formOf(tool))).toEqual(tool);
});

it("sends no body that is out of sight", () => {
  const form = { ...formOf(refund), method: "GET" as const, body: "{ not JSON" };
  expect(unreadable(form)).toEqual({});
  expect(toolOf(form).http?.body).toBeUndefined();
});

it("sends no reminder where only the visitor is asked", () => {
  const approval = { remindAfterMinutes: 5, expiresInMinutes: 60 };
  const policyOf = (decision: "ask_visitor" | "ask_staff") =>
    toolOf({ ...formOf(refund), policy: { default: decision, approval } }).policy.approval;
  expect(policyOf("ask_visitor")).toEqual({ expiresInMinutes: 60 });
  expect(policyOf("ask_staff")).toEqual(approval);
});

it("sends the reminder where only an exception asks the team", () => {
  const approval = { remindAfterMinutes: 5 };
  // biome-ignore lint/suspicious/noThenProperty: the API's word
  const rules = [{ when: "args.amount > 5", then: "ask_staff" as const }];
  const policy = { default: "ask_visitor" as const, rules, approval };
  expect(toolOf({ ...formOf(refund), policy }).policy.approval).toEqual(approval);
});

it("keeps where an MCP tool is", () => {
  const { http: _, ...rest } = refund;
  const tool = { ...rest, kind: "mcp" as const, mcp: { serverId: "s1", name: "refund" } };
  expect(toolOf(formOf(tool))).toEqual(tool);
});

it("makes an example that fits the schema", () => {
  const properties = {
    order: { type: "string" },
    amount: { type: "number", default: 20 },
    kind: { enum: ["gift", "sale"] },
    lines: { type: "array" },
    to: { type: "object", properties: { zip: { type: "string" } }, required: ["zip"] },
    note: { type: "string" },
  };
  const required = ["order", "amount", "kind", "lines", "to"];
  const example = { order: "", amount: 20, kind: "gift", lines: [], to: { zip: "" } };
  expect(exampleOf({ type: "object", properties, required })).toEqual(example);
  expect(exampleOf({ type: "object" })).toEqual({});
  expect(exampleOf("no schema")).toEqual({});
});

it.each([
  [{ type: "number" }, 0],
  [{ type: "integer", minimum: 1 }, 1],
  [{ type: "boolean" }, false],
  [{ type: ["string", "null"] }, ""],
  [{ type: "null" }, null],
  [{ const: "eur" }, "eur"],
  [{ type: "string", example: "4711" }, "4711"],
  [{ type: "string", examples: ["4711"] }, "4711"],
  [{}, ""],
])("makes of %j the example %j", (schema, value) => {
  expect(exampleOf({ properties: { one: schema }, required: ["one"] })).toEqual({ one: value });
});
