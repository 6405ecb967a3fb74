// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { ConversationView } from "@/features/conversations/conversation-view";
import { renderPage } from "@/test/render";
import { sampleIdentity, sampleMessage } from "@/test/samples";
import { serve } from "@/test/server";

const said = (id: string, position: number, text: string, versions?: string[]) =>
  sampleMessage({
    id,
    position,
    role: position === 1 ? "user" : "assistant",
    parts: [{ type: "text", text }],
    ...(versions ? { versions } : {}),
  });

const question = said("question", 1, "Heads or tails?");
const first = said("first", 2, "Heads.", ["first", "second"]);
const second = said("second", 3, "Tails.", ["first", "second"]);

async function setUp() {
  const root = "/v1/admin/conversations/conversation-1";
  const server = await serve({
    "GET /v1/me": () => sampleIdentity(),
    [`GET ${root}`]: () => ({
      id: "conversation-1",
      agentId: "agent-1",
      agentName: "Support",
      title: "A coin",
      mode: "agent",
      messageCount: 3,
      createdAt: "2026-01-01T00:00:00Z",
      updatedAt: "2026-01-01T00:00:00Z",
    }),
    [`GET ${root}/messages`]: ({ query }) => ({
      items: [query.get("branchOf") === "first" ? first : second, question],
    }),
    [`GET ${root}/turns`]: () => ({ items: [] }),
    [`GET ${root}/stream`]: (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(": ping\n\n");
    },
  });
  renderPage(server.deps, <ConversationView id="conversation-1" />);
  await screen.findByText("Tails.");
  return server;
}

it("pages between versions and back to what the visitor sees, and changes nothing", async () => {
  const user = userEvent.setup();
  const { requests } = await setUp();
  expect(screen.getByRole("group", { name: "Version 2 of 2" })).toBeTruthy();
  expect(screen.queryByText(/another version/)).toBeNull();

  const earlier = screen.getByRole("button", { name: "Earlier version" });
  await user.click(earlier);
  expect(await screen.findByText("Heads.")).toBeTruthy();
  expect(screen.queryByText("Tails.")).toBeNull();
  expect(screen.getByRole("group", { name: "Version 1 of 2" })).toBeTruthy();
  expect(document.activeElement).toBe(earlier);
  expect(earlier.getAttribute("aria-disabled")).toBe("true");
  expect(screen.getByText(/another version/)).toBeTruthy();

  await user.click(screen.getByRole("button", { name: "Show the visitor's" }));
  expect(await screen.findByText("Tails.")).toBeTruthy();
  await waitFor(() => expect(screen.queryByText(/another version/)).toBeNull());
  expect(requests.every(({ method }) => method === "GET")).toBe(true);
});
