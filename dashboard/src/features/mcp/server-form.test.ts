import { expect, it } from "vitest";
import { missingIn, requestOf, serverFormOf } from "@/features/mcp/server-form";
import { sampleMcpServer } from "@/test/samples";

const named = { ...serverFormOf(), name: "The Shop", url: "https://shop.example/mcp" };

it("sends keys apart from what is shown again", () => {
  const token = requestOf({ ...named, signIn: "token", token: "hush" });
  expect(token.key).toEqual({ name: "MCP_THE_SHOP_TOKEN", value: "hush" });
  expect(token.input.headers).toEqual({ Authorization: "Bearer {{secrets.MCP_THE_SHOP_TOKEN}}" });
  const oauth = requestOf({ ...named, signIn: "oauth", clientId: "parley", clientSecret: "hush" });
  expect(oauth.key).toEqual({ name: "MCP_THE_SHOP_CLIENT_SECRET", value: "hush" });
  expect(oauth.input.oauth).toEqual({ clientId: "parley", secret: "MCP_THE_SHOP_CLIENT_SECRET" });
  expect(JSON.stringify([token.input, oauth.input])).not.toContain("hush");
  expect(requestOf(named)).toEqual({
    id: undefined,
    input: { name: "The Shop", url: "https://shop.example/mcp" },
    key: undefined,
  });
});

it("keeps what the dialog does not show", () => {
  const headers = { "X-Shop": "main", Authorization: "Bearer {{secrets.OWN}}" };
  const before = sampleMcpServer({ headers });
  const form = serverFormOf(before);
  expect(form.signIn).toBe("token");
  expect(missingIn(form)).toBeUndefined();
  expect(requestOf(form)).toMatchObject({ id: "mcp-1", input: { headers }, key: undefined });
  expect(requestOf({ ...form, signIn: "none" }).input.headers).toEqual({ "X-Shop": "main" });
});

it("says what is missing", () => {
  expect(missingIn(serverFormOf())).toBe("Write a name and an address.");
  expect(missingIn({ ...named, signIn: "token" })).toBe("Write the token.");
  expect(missingIn({ ...named, signIn: "oauth", clientId: "a" })).toBe(
    "Write the client's secret.",
  );
  expect(missingIn(named)).toBeUndefined();
});
