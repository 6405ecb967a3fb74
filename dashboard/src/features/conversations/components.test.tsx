// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Part } from "@/api/types";
import { Content } from "@/features/conversations/message-view";
import { renderPage } from "@/test/render";
import { serve } from "@/test/server";

async function show(parts: Partial<Part>[], plain = false) {
  const { deps } = await serve({});
  renderPage(deps, <Content parts={parts as Part[]} plain={plain} />);
}

it("shows what an answer has beside its text", async () => {
  const ui = (id: string, component: string, props: object): Partial<Part> => ({
    type: "data-ui",
    id,
    data: { component, props },
  });
  await show([
    { type: "text", text: "Look:" },
    ui("1", "card", { title: "Oak", links: [{ label: "Buy", url: "https://example.com/oak" }] }),
    ui("2", "form", { title: "Book", fields: [{ name: "a", label: "Your name", type: "text" }] }),
    ui("3", "image", { url: "https://example.com/oak.png", alt: "An oak" }),
    { type: "data-fault", id: "4", data: { problem: "Component 4 (video) was left out." } },
  ]);
  expect(await screen.findByRole("region", { name: "Card: Oak" })).toBeTruthy();
  expect(screen.getByRole("region", { name: "Form: Book" }).textContent).toContain("Your name");
  expect(screen.getByText("Component 4 (video) was left out.")).toBeTruthy();
  expect(document.querySelector("img, a")).toBeNull();
});

it("shows a document, and an answer that was taken back", async () => {
  await show([
    { type: "data-fault", id: "1", data: { problem: "It is no JSON.", answer: "Sure!" } },
    { type: "data-object", id: "2", data: { value: { mood: "good" }, complete: true } },
  ]);
  expect(await screen.findByText("An answer that did not fit was taken back")).toBeTruthy();
  expect(document.body.textContent).toContain("Sure!");
  expect(document.body.textContent).toContain('"mood": "good"');
});

it("shows what a visitor has filled in once", async () => {
  const answers = [{ label: "Your name", value: "Ada" }];
  await show(
    [
      { type: "text", text: "Your name: Ada" },
      { type: "data-form", data: { title: "Book", answers } },
    ],
    true,
  );
  expect((await screen.findByRole("region", { name: "Filled in: Book" })).textContent).toContain(
    "Ada",
  );
  expect(screen.queryByText("Your name: Ada")).toBeNull();
});
