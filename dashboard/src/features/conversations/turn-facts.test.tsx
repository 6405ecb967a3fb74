// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Permission, Turn } from "@/api/types";
import { TurnFacts } from "@/features/conversations/turn-facts";
import { renderPage } from "@/test/render";
import { sampleIdentity, sampleTurn } from "@/test/samples";
import { serve } from "@/test/server";

const finishedAt = "2026-01-01T00:00:04Z";

async function show(turn: Turn, permissions: Permission[]) {
  const server = await serve({ "GET /v1/me": () => sampleIdentity({ permissions }) });
  renderPage(server.deps, <TurnFacts turn={turn} />);
  await screen.findByText(/^v1/);
  return server.url;
}

it("offers a finished turn as a file to those who may have it", async () => {
  const url = await show(sampleTurn({ id: "turn-1", finishedAt }), ["turns:export"]);
  const link = screen.getByRole("link", { name: /^Export/ });
  expect(link.getAttribute("href")).toBe(`${url}/v1/turns/turn-1/export`);
  expect(link.getAttribute("download")).toBe("turn-1.turn");
});

it("offers it to nobody else", async () => {
  await show(sampleTurn({ id: "turn-1", finishedAt }), ["conversations:read"]);
  expect(screen.queryByRole("link")).toBeNull();
});

it("does not offer a turn that is still running", async () => {
  await show(sampleTurn({ id: "turn-1" }), ["turns:export"]);
  expect(screen.queryByRole("link")).toBeNull();
});
