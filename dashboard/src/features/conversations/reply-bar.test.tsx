// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Conversation, Permission } from "@/api/types";
import { ReplyBar } from "@/features/conversations/reply-bar";
import { renderPage } from "@/test/render";
import { sampleIdentity, sampleMessage } from "@/test/samples";
import { problem, serve } from "@/test/server";

const path = "/v1/admin/conversations/conversation-1";

function sample(change: Partial<Conversation> = {}): Conversation {
  return {
    id: "conversation-1",
    agentId: "agent-1",
    agentName: "Support",
    title: "Mugs",
    mode: "agent",
    messageCount: 1,
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
    ...change,
  };
}

async function show(
  conversation: Conversation,
  permissions: Permission[] = ["conversations:reply"],
) {
  let refuse = false;
  const server = await serve({
    "GET /v1/me": () => sampleIdentity({ permissions }),
    [`POST ${path}/takeover`]: () => sample({ mode: "human", staffName: "Ada" }),
    [`POST ${path}/return`]: () => sample(),
    [`POST ${path}/typing`]: () => undefined,
    [`POST ${path}/messages`]: (_, response) => {
      if (!refuse) return sampleMessage({ id: "m", position: 2, role: "assistant" });
      problem(response, 409, "The assistant answers in this conversation.");
      return undefined;
    },
  });
  const user = renderPage(
    server.deps,
    <>
      <ReplyBar conversation={conversation} typing={false} />
      <p>Below</p>
    </>,
  );
  await screen.findByText("Below"); // it is drawn once the bar is, or is not
  const posts = (what: string) =>
    server.requests.filter((request) => request.path === `${path}/${what}`);
  return { user, posts, refuse: (on: boolean) => (refuse = on) };
}

it("takes a conversation over from the agent", async () => {
  const { user, posts } = await show(sample());
  await user.click(await screen.findByRole("button", { name: "Take over" }));
  await waitFor(() => expect(posts("takeover").map(({ body }) => body)).toEqual([{}]));
});

it("writes, and keeps what could not be sent", async () => {
  const { user, posts, refuse } = await show(sample({ mode: "human", staffName: "Ada" }));
  const box = await screen.findByLabelText<HTMLTextAreaElement>("Message to the visitor");
  expect(screen.getByText("You answer.")).toBeTruthy();
  refuse(true);
  await user.type(box, "Hello{Enter}");
  await screen.findByText("The assistant answers in this conversation.");
  expect(box.value).toBe("Hello");
  refuse(false);
  await user.type(box, "!{Enter}");
  await waitFor(() => expect(box.value).toBe(""));
  expect(posts("messages").map(({ body }) => body)).toEqual([
    { text: "Hello" },
    { text: "Hello!" },
  ]);
});

it("asks once more before it takes over from somebody else", async () => {
  const { user, posts } = await show(sample({ mode: "human", staffName: "Bob" }));
  await user.click(await screen.findByRole("button", { name: "Take over from Bob" }));
  expect(posts("takeover")).toEqual([]);
  await user.click(await screen.findByRole("button", { name: "Take over" }));
  await waitFor(() => expect(posts("takeover").map(({ body }) => body)).toEqual([{ force: true }]));
});

it("is not there for those who may only read", async () => {
  await show(sample(), ["conversations:read"]);
  expect(screen.queryByLabelText("Your answer")).toBeNull();
});
