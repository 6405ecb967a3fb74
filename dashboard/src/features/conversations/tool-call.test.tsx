// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Part } from "@/api/types";
import { ToolCall } from "@/features/conversations/tool-call";
import { renderPage } from "@/test/render";
import { serve } from "@/test/server";

async function show(part: Partial<Part> & { percent?: number }) {
  const { deps } = await serve({});
  renderPage(
    deps,
    <ToolCall part={{ type: "dynamic-tool", toolName: "refund_order", ...part } as Part} />,
  );
  await screen.findByText("Refund order");
  return document.querySelector("summary")?.textContent;
}

it.each([
  [{ state: "input-available" }, "Refund order under way"],
  [{ state: "input-available", percent: 40 }, "Refund order under way, 40 %"],
  [{ state: "output-available", output: { id: 7 } }, "Refund order done"],
  [{ state: "output-denied" }, "Refund order not allowed"],
  [{ state: "approval-requested" }, "Refund order waits for a decision"],
  [{ state: "output-error", errorText: "No such order." }, "Refund order did not work"],
  [
    { state: "output-error", errorText: "The address is not known to us." },
    "Refund order did not work",
  ],
  [
    { state: "output-error", errorText: "It is not known whether this was done." },
    "Refund order outcome unknown",
  ],
] as [Partial<Part> & { percent?: number }, string][])("says of %j: %s", async (part, words) => {
  expect(await show(part)).toBe(words);
});

it("shows what was asked for, what came back and who decided", async () => {
  const approval = { id: "approval-1", reason: "Too much." };
  await show({ state: "output-available", input: { order: "7" }, output: { id: 7 }, approval });
  expect(document.body.textContent).toContain('"order": "7"');
  expect(document.body.textContent).toContain('"id": 7');
  expect(document.body.textContent).toContain("Too much.");
  const link = screen.getByText("Who decided");
  expect(link.getAttribute("href")).toBe("/approvals/approval-1");
});
