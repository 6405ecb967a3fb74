// @vitest-environment jsdom
import type { ServerResponse } from "node:http";
import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Agent, McpServer, Tool } from "@/api/types";
import { EditorProvider, useAgentEditor } from "@/features/agents/editor/use-editor";
import { Tools } from "@/features/agents/tools/tools";
import { McpServers } from "@/features/mcp/mcp-servers";
import { toolOfOffer } from "@/features/mcp/offers";
import { renderPage } from "@/test/render";
import { sampleAgent, sampleConfig, sampleIdentity, sampleMcpServer } from "@/test/samples";
import { problem, serve, type TestRequest } from "@/test/server";

function Page() {
  return (
    <EditorProvider value={useAgentEditor("agent-1")}>
      <Tools />
      <McpServers />
    </EditorProvider>
  );
}

const refund: Tool = {
  name: "refund",
  title: "Refund",
  description: "Gives money back.",
  kind: "http",
  class: "idempotent",
  inputSchema: {
    type: "object",
    properties: { order: { type: "string", default: "4711" } },
    required: ["order"],
  },
  policy: { default: "ask_staff", approval: { roles: ["owner"], expiresInMinutes: 90 } },
  http: { method: "POST", url: "https://shop.example/refunds", headers: { "X-Key": "k" } },
};

const permissions = [...sampleIdentity().permissions, "settings:write" as const];

/** Answers a try, unless its arguments are no object: those do not fit. */
const tried = (answer: unknown) => (request: TestRequest, response: ServerResponse) => {
  const given = (request.body as { arguments: unknown }).arguments;
  if (typeof given !== "string") return answer;
  return problem(response, 422, `It is ${given}.`, "body.arguments");
};

/** An API with one agent that has the tools, and with MCP servers. */
async function show(tools: Tool[], servers: McpServer[] = [], may = permissions) {
  let stored: Agent = sampleAgent({ draft: sampleConfig({ tools }) });
  const listed = servers;
  const server = await serve({
    "GET /v1/me": () => sampleIdentity({ permissions: may }),
    "GET /v1/tools/builtin": () => ({ items: [] }),
    "GET /v1/agents/agent-1": () => stored,
    "GET /v1/mcp-servers": () => ({ items: listed }),
    "POST /v1/mcp-servers": ({ body }, response) => {
      const input = body as McpServer;
      if (input.url === "shop") return problem(response, 422, "No address.", "body.url");
      return sampleMcpServer({ ...input, id: "mcp-2" });
    },
    "PUT /v1/tool-secrets/MCP_DESK_TOKEN": () => ({ name: "MCP_DESK_TOKEN" }),
    "POST /v1/tools/test": tried({ state: "succeeded", output: { done: true }, durationMs: 3 }),
    "POST /v1/tools/policy-test": tried({ decision: "deny", rule: 0 }),
    "PATCH /v1/agents/agent-1": ({ body }, response) => {
      const { draft } = body as { draft: Agent["draft"] };
      if (JSON.stringify(draft).includes("nowhere")) {
        return problem(response, 422, "That is no address.", "body.draft.tools[0].http.url");
      }
      stored = { ...stored, draft: { ...stored.draft, ...draft }, revision: stored.revision + 1 };
      return stored;
    },
  });
  const user = renderPage(server.deps, <Page />);
  await screen.findByRole("heading", { name: "MCP servers" });
  const sent = (method: string, path: string) =>
    server.requests.filter((r: TestRequest) => r.method === method && r.path === path);
  const saved = () => stored.draft.tools;
  return { user, sent, saved };
}

const probed: Tool = {
  ...refund,
  class: "write",
  timeoutSeconds: 30,
  policy: {
    default: "allow",
    // biome-ignore lint/suspicious/noThenProperty: the API's word
    rules: [{ when: "args.amount > 100", then: "ask_staff" }],
    approval: { quorum: 2, remindAfterMinutes: 10, onExpiry: "allow", editable: true },
  },
  http: {
    method: "POST",
    url: "https://shop.example/refunds",
    headers: { "X-Key": "{{secrets.SHOP_KEY}}" },
    body: { order: "{{args.order}}" },
    result: "refund.id",
    probe: { url: "https://shop.example/{{call.id}}", headers: { "X-Read": "r" } },
  },
};

it("keeps what nobody has changed", async () => {
  const { user, sent, saved } = await show([probed]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  await user.click(screen.getByRole("button", { name: "Save the tool" }));
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
  expect(sent("PATCH", "/v1/agents/agent-1")).toHaveLength(1);
  expect(saved()).toEqual([probed]);
});

it("adds an HTTP tool", async () => {
  const { user, saved } = await show([]);
  await user.click(await screen.findByRole("button", { name: "Add a tool" }));
  await user.click(await screen.findByRole("menuitem", { name: "HTTP request" }));
  const write = (field: string, text: string) => user.type(screen.getByLabelText(field), text);
  await write("Title", "Find");
  await write("Name", "find");
  await write("Description", "Finds an order.");
  await write("Address", "https://shop.example");
  await user.click(screen.getByRole("button", { name: "Save the tool" }));
  await screen.findByText("GET https://shop.example · Allow");
  const [tool] = saved();
  expect(tool).toMatchObject({
    name: "find",
    title: "Find",
    description: "Finds an order.",
    kind: "http",
    class: "read",
    policy: { default: "allow" },
  });
  expect(tool?.http).toEqual({ method: "GET", url: "https://shop.example" });
});

it("adds a tool of the visitor's page, and gives its beginning", async () => {
  const { user, saved } = await show([]);
  await user.click(await screen.findByRole("button", { name: "Add a tool" }));
  await user.click(await screen.findByRole("menuitem", { name: "In the visitor's page" }));
  const write = (field: string, text: string) => user.type(screen.getByLabelText(field), text);
  await write("Name", "add_to_cart");
  await write("Description", "Puts a plant into the cart.");
  screen.getByText(/Parley\("tool", "add_to_cart"/);
  expect(screen.queryByLabelText("Address")).toBeNull();
  expect(screen.queryByRole("button", { name: "Make the call" })).toBeNull();
  await write("Answer", "nothing");
  await screen.findByText("This is not JSON.");
  await user.clear(screen.getByLabelText("Answer"));
  await user.click(screen.getByLabelText("Answer"));
  await user.paste('{"type":"object"}');
  await write("Timeout, in seconds", "120");
  await user.click(screen.getByRole("button", { name: "Save the tool" }));
  await screen.findByText("In the visitor's page · Allow");
  expect(saved()).toEqual([
    {
      name: "add_to_cart",
      description: "Puts a plant into the cart.",
      kind: "client",
      class: "read",
      timeoutSeconds: 120,
      inputSchema: { type: "object", properties: {}, additionalProperties: false },
      outputSchema: { type: "object" },
      policy: { default: "allow" },
    },
  ]);
});

it("saves a GET whose body of before cannot be read", async () => {
  const { user, saved } = await show([refund]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  await user.type(screen.getByLabelText("Body"), "nothing");
  await screen.findByText("This is not JSON.");
  await user.selectOptions(screen.getByLabelText("Method"), "GET");
  await user.click(screen.getByRole("button", { name: "Save the tool" }));
  await screen.findByText(/^GET https/);
  expect(saved()).toEqual([{ ...refund, http: { ...refund.http, method: "GET" } }]);
});

it("asks at least one kind of member, and all where none is named", async () => {
  const { user, saved } = await show([refund]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  const role = (name: string) => screen.getByRole("switch", { name });
  await user.click(role("Owners"));
  expect(role("Owners").getAttribute("aria-checked")).toBe("true");
  await user.click(role("Admins"));
  await user.click(role("Agents"));
  await user.click(screen.getByRole("button", { name: "Save the tool" }));
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
  expect(saved()[0]?.policy.approval).toEqual({ expiresInMinutes: 90 });
});

it("asks no members where only the visitor decides", async () => {
  const { user } = await show([refund]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  await user.selectOptions(screen.getByLabelText("Each call"), "ask_visitor");
  expect(screen.queryByRole("switch", { name: "Owners" })).toBeNull();
  screen.getByLabelText("They have");
});

it("saves a tool with all that it was given", async () => {
  const { user, saved } = await show([refund]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  const title = screen.getByLabelText("Title");
  await user.clear(title);
  await user.type(title, "Give back");
  expect(screen.getByLabelText<HTMLSelectElement>("They have").selectedOptions[0]?.text).toBe(
    "90 minutes",
  );
  await user.click(screen.getByRole("switch", { name: "Admins" }));
  await user.click(screen.getByRole("button", { name: "Save the tool" }));
  await screen.findByText("Give back");
  const approval = { roles: ["owner", "admin"], expiresInMinutes: 90 };
  expect(saved()).toEqual([
    { ...refund, title: "Give back", policy: { ...refund.policy, approval } },
  ]);
});

it("shows at its field what is wrong with a tool", async () => {
  const { user, saved } = await show([refund]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  const address = screen.getByLabelText("Address");
  await user.clear(address);
  await user.type(address, "nowhere");
  await user.click(screen.getByRole("button", { name: "Save the tool" }));
  const field = await screen.findByLabelText("Address");
  await screen.findAllByText("That is no address.");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(saved()).toEqual([refund]);
});

it("makes a call for real once it is confirmed, each time", async () => {
  const { user, sent } = await show([refund]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  await user.click(screen.getByText("Try it"));
  const really = () => screen.getByRole("switch", { name: "Really do it" });
  const make = () => screen.getByRole("button", { name: "Make the call" });
  await user.click(make());
  expect(sent("POST", "/v1/tools/test")).toHaveLength(0);
  await user.type(screen.getByLabelText("For the visitor"), "ada");
  await user.click(really());
  await user.click(make());
  await screen.findByText("It worked");
  expect(sent("POST", "/v1/tools/test").map(({ body }) => body)).toMatchObject([
    { arguments: { order: "4711" }, visitor: { externalId: "ada" }, confirm: true },
  ]);
  expect(really().getAttribute("aria-checked")).toBe("false");
  await user.click(screen.getByRole("button", { name: "Who would decide?" }));
  await screen.findByText("Deny, by exception 1");
  expect(sent("POST", "/v1/tools/policy-test")[0]?.body).toMatchObject({
    agentId: "agent-1",
    visitor: { externalId: "ada" },
  });
});

it("takes the confirmation back when what is confirmed changes", async () => {
  const { user, sent } = await show([refund]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  await user.click(screen.getByText("Try it"));
  const really = screen.getByRole("switch", { name: "Really do it" });
  for (const field of ["Example", "Their name"]) {
    await user.click(really);
    expect(really.getAttribute("aria-checked")).toBe("true");
    await user.type(screen.getByLabelText(field), " ");
    expect(really.getAttribute("aria-checked")).toBe("false");
  }
  await user.click(screen.getByRole("button", { name: "Make the call" }));
  expect(sent("POST", "/v1/tools/test")).toHaveLength(0);
});

it("tells the policy who the visitor is", async () => {
  const { user, sent } = await show([refund]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  await user.click(screen.getByText("Try it"));
  const ask = () => user.click(screen.getByRole("button", { name: "Who would decide?" }));
  const asked = () => sent("POST", "/v1/tools/policy-test").map(({ body }) => body);
  await ask();
  await screen.findByText("Deny, by exception 1");
  expect(asked()[0]).not.toHaveProperty("visitor");
  await user.type(screen.getByLabelText("Their name"), "Ada");
  await user.type(screen.getByLabelText("Their email"), "ada@example.com");
  await ask();
  await expect.poll(asked).toHaveLength(2);
  expect(asked()[1]).toMatchObject({ visitor: { name: "Ada", email: "ada@example.com" } });
});

it.each([
  ["Make the call", "too large"],
  ["Who would decide?", "no object"],
])("says at the example what is wrong with it: %s", async (button, wrong) => {
  const { user } = await show([{ ...refund, class: "read" }]);
  await user.click(await screen.findByRole("button", { name: "Edit" }));
  await user.click(screen.getByText("Try it"));
  const example = screen.getByLabelText("Example");
  await user.clear(example);
  await user.type(example, `"${wrong}"`);
  await user.click(screen.getByRole("button", { name: button }));
  await screen.findByText(`It is ${wrong}.`);
  expect(example.getAttribute("aria-invalid")).toBe("true");
});

it("adds an MCP server and tools of it, with its token as a secret", async () => {
  const { user, sent, saved } = await show([]);
  await user.click(await screen.findByRole("button", { name: "Add a server" }));
  await user.type(screen.getByLabelText("Name"), "Desk");
  await user.type(screen.getByLabelText("Address"), "https://desk.example/mcp");
  await user.click(screen.getByRole("radio", { name: "A token" }));
  await user.type(screen.getByLabelText("Token"), "hush");
  await user.click(screen.getByRole("button", { name: "Add the server" }));
  await screen.findByRole("dialog", { name: "Tools of Desk" });
  expect(sent("PUT", "/v1/tool-secrets/MCP_DESK_TOKEN")[0]?.body).toEqual({ value: "hush" });
  await user.click(screen.getByRole("checkbox", { name: /Find an order/ }));
  await user.click(screen.getByRole("checkbox", { name: /cancel order!/ }));
  await user.click(screen.getByRole("button", { name: "Add 2 tools" }));
  await screen.findByText(/Ask your team/);
  expect(saved().map(({ name, mcp }) => [name, mcp?.serverId])).toEqual([
    ["find_order", "mcp-2"],
    ["cancel_order_", "mcp-2"],
  ]);
});

it("shows at its field what is wrong with a server", async () => {
  const { user } = await show([]);
  await user.click(await screen.findByRole("button", { name: "Add a server" }));
  await user.type(screen.getByLabelText("Name"), "Desk");
  await user.type(screen.getByLabelText("Address"), "shop");
  await user.click(screen.getByRole("button", { name: "Add the server" }));
  await screen.findByText("No address.");
  expect(screen.getByLabelText("Address").getAttribute("aria-invalid")).toBe("true");
});

it("shows what has changed at the server, and takes it over when asked", async () => {
  const server = sampleMcpServer();
  const [find] = server.tools as [McpServer["tools"][0]];
  const tool = toolOfOffer(server, find, []);
  const fresh = { ...find, description: "Finds any order." };
  const { user, saved } = await show([tool], [sampleMcpServer({ tools: [fresh] })]);
  await screen.findByText("Changed on the server");
  await user.click(screen.getByRole("button", { name: "Edit" }));
  await user.click(await screen.findByRole("button", { name: "Take it over" }));
  await user.click(screen.getByRole("button", { name: "Save the tool" }));
  await screen.findByRole("button", { name: "Edit" });
  expect(saved()).toEqual([{ ...tool, description: "Finds any order." }]);
  expect(screen.queryByText("Changed on the server")).toBeNull();
});

it("says why a server could not be asked, and of a tool whose server is gone", async () => {
  const broken = sampleMcpServer({ error: "The server does not let us in." });
  const [find] = broken.tools as [McpServer["tools"][0]];
  const gone = toolOfOffer(sampleMcpServer({ id: "mcp-9" }), find, []);
  await show([gone], [broken]);
  await screen.findByText("The server does not let us in.");
  await screen.findByText("Server removed");
});

it("only shows to those who may not change", async () => {
  await show([refund], [sampleMcpServer()], ["agents:read"]);
  await screen.findByText("Shop");
  const list = screen.getByRole("button", { name: "Look" });
  expect(within(list).getByText("Look")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Add|Change|Remove|Choose/ })).toBeNull();
});
