import { expect, it } from "vitest";
import { formOf, newTool, toolOf, unreadable } from "@/features/agents/tools/form";

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
  expect(unreadable({ ...formOf(newTool), inputSchema: "{", body: "nothing" })).toEqual({
    inputSchema: "This is not JSON.",
    body: "This is not JSON.",
  });
  expect(unreadable(formOf(newTool))).toEqual({});
});
