// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Message } from "@/api/types";
import { MessageView } from "@/features/conversations/message-view";
import { renderPage } from "@/test/render";
import { sampleIdentity, sampleMessage, sampleTurn } from "@/test/samples";
import { serve } from "@/test/server";

async function show(change: Partial<Message>) {
  const server = await serve({ "GET /v1/me": () => sampleIdentity() });
  const message = sampleMessage({ id: "answer", position: 2, role: "assistant", ...change });
  const names = { visitor: "Jo", agent: "Shop" };
  const turn = sampleTurn({ id: "turn-1" });
  renderPage(
    server.deps,
    <MessageView message={message} turn={turn} names={names} onTurn={() => undefined} />,
  );
  await screen.findByText(/^v1/);
}

it.each([
  [
    { stage: "input", check: "moderation", categories: ["hate", "violence"] },
    "Question blocked",
    "Moderation: hate, violence",
  ],
  [
    { stage: "output", check: "phrase", topic: "Tax" },
    "Answer blocked",
    "A phrase of the topic “Tax”",
  ],
  [
    { stage: "input", check: "topic", topic: "Tax" },
    "Question blocked",
    "The model takes it to be about “Tax”",
  ],
] as const)("says why %j", async (blocked, badge, reason) => {
  const { categories, ...rest } = { categories: undefined, ...blocked };
  await show({ blocked: categories ? { ...rest, categories: [...categories] } : rest });
  expect(screen.getByText(badge)).toBeTruthy();
  expect(screen.getByText(reason)).toBeTruthy();
});

it("says which models have answered", async () => {
  await show({ models: ["gpt-4o-mini"] });
  expect(screen.getByText(/gpt-4o-mini$/)).toBeTruthy();
  expect(screen.queryByText(/blocked/)).toBeNull();
});
