// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Trace, TracePrompt } from "@/api/types";
import { OpenTrace } from "@/features/traces/open-trace";
import { TraceView } from "@/features/traces/trace-view";
import { renderPage } from "@/test/render";
import {
  sampleIdentity,
  sampleModelCall,
  sampleToolCall,
  sampleTrace,
  sampleTraceStep,
  sampleTurn,
} from "@/test/samples";
import { problem, serve } from "@/test/server";

const prompt: TracePrompt = {
  state: "sent",
  model: "gpt-4o",
  instructions: "Be kind.",
  messages: [
    { role: "user", text: "Where is it?" },
    { role: "assistant", text: "", calls: [{ id: "c", name: "find_order", arguments: "{}" }] },
    { role: "tool", text: '{"status":"lost"}', callId: "c" },
    { role: "user", text: "x".repeat(5_000) },
  ],
  leftOut: 3,
  tools: [{ name: "find_order", description: "Finds an order.", parameters: { type: "object" } }],
};

async function show(traces: Trace[], identity = sampleIdentity()) {
  let reads = 0;
  const server = await serve({
    "GET /v1/me": () => identity,
    "GET /v1/turns/turn/trace": () => traces[Math.min(reads++, traces.length - 1)],
    "GET /v1/turns/turn/trace/1/prompt": () => prompt,
  });
  const user = renderPage(server.deps, <TraceView conversationId="conversation-1" turnId="turn" />);
  return { user, server, reads: () => reads };
}

it("tells what else a model was asked for", async () => {
  const other = [
    sampleModelCall({ id: "a", purpose: "check" }),
    sampleModelCall({ id: "b", purpose: "title" }),
  ];
  await show([sampleTrace({ other })]);
  expect(await screen.findByText(", for a guardrail")).toBeTruthy();
  expect(screen.getByText(", for the title")).toBeTruthy();
});

it("tells steps, tokens, cost and time, and what a tool did", async () => {
  const step = sampleTraceStep({ text: "It is lost.", toolCalls: [sampleToolCall()], attempts: 2 });
  const { user } = await show([sampleTrace({ steps: [step] })]);
  expect(await screen.findByText("Draft, revision 7")).toBeTruthy();
  expect(screen.getAllByText("120 → 30")).toHaveLength(2);
  expect(screen.getByText("resp_1")).toBeTruthy();
  expect(screen.getByText("2 attempts.")).toBeTruthy();
  const call = screen.getByRole("region", { name: "Call of find_order" });
  expect(within(call).getByText("Done")).toBeTruthy();
  expect(within(call).getByText(/no rule fits, so the default counts/)).toBeTruthy();
  const table = screen.getByRole("table", { name: "Where the time went" });
  expect(within(table).getAllByRole("row")).toHaveLength(3);

  await user.click(screen.getByText("What was sent"));
  expect(await screen.findByText("As it was sent")).toBeTruthy();
  expect(screen.getByText("3 older messages did not fit into the model’s window.")).toBeTruthy();
  const all = screen.getByRole("button", { name: "Show all 5,000 characters" });
  expect(screen.queryByText("x".repeat(5_000))).toBeNull();
  await user.click(all);
  expect(screen.getByText("x".repeat(5_000))).toBeTruthy();
});

it("follows an answer that is being given until it is over", async () => {
  const running = sampleTrace({ status: "running", steps: [sampleTraceStep()] });
  const over = sampleTrace({ steps: [sampleTraceStep({ endedAt: "2026-01-01T00:00:01Z" })] });
  const { reads } = await show([running, over]);
  expect(await screen.findByText("Running")).toBeTruthy();
  expect(await screen.findByText("Completed")).toBeTruthy();
  expect(reads()).toBe(2);
});

it("says what failed, what nobody knows, and what is not kept any more", async () => {
  const unknown = sampleModelCall({ state: "unknown", unpriced: true, costMicros: 70_000 });
  await show([
    sampleTrace({
      status: "failed",
      error: { code: "model_rejected", message: "The model refused." },
      finishedAt: "2026-01-01T00:00:01Z",
      unpriced: true,
      usage: { ...sampleTrace().usage, costMicros: 70_000, unreported: 1 },
      log: "gone",
      attempts: "unavailable",
      steps: [sampleTraceStep({ calls: [unknown] })],
    }),
  ]);
  expect(await screen.findByText("The model refused.")).toBeTruthy();
  expect(screen.getByText("Nobody here knows what this model costs")).toBeTruthy();
  expect(screen.getByText(/1 call to the model was never reported/)).toBeTruthy();
  expect(screen.getByText(/is not kept any more/)).toBeTruthy();
  expect(screen.getByText(/Temporal could not be asked/)).toBeTruthy();
});

it("shows hundreds of steps a page at a time, closed", async () => {
  const steps = Array.from({ length: 90 }, (_, index) => sampleTraceStep({ number: index + 1 }));
  const { user } = await show([sampleTrace({ steps })]);
  const table = await screen.findByRole("table", { name: "Where the time went" });
  expect(table.querySelectorAll("tr")).toHaveLength(41);
  await user.click(screen.getByText("Show all 90 lines"));
  expect(table.querySelectorAll("tr")).toHaveLength(91);
  expect(screen.queryByText("What it used")).toBeNull();
  await user.click(within(table).getByText("Step 80"));
  expect(await screen.findByText("What it used")).toBeTruthy();
});

it("can be tried again when it could not be read", async () => {
  let down = true;
  const server = await serve({
    "GET /v1/me": () => sampleIdentity(),
    "GET /v1/turns/turn/trace": (_, response) =>
      down ? problem(response, 503, "Later.") : sampleTrace(),
  });
  const user = renderPage(server.deps, <TraceView conversationId="conversation-1" turnId="turn" />);
  await screen.findByText("Later.");
  down = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("The model has not been asked yet.")).toBeTruthy();
});

it("opens from an answer, for those who may see it", async () => {
  const server = await serve({
    "GET /v1/me": () => sampleIdentity(),
    "GET /v1/turns/turn/trace": () => sampleTrace(),
  });
  const user = renderPage(server.deps, <OpenTrace turn={sampleTurn({ id: "turn" })} />);
  await user.click(await screen.findByRole("button", { name: "Trace of this answer" }));
  expect(await screen.findByRole("dialog", { name: "How this answer came about" })).toBeTruthy();
  expect(await screen.findByText("Draft, revision 7")).toBeTruthy();
});

it("is not offered to those who may not", async () => {
  const server = await serve({ "GET /v1/me": () => sampleIdentity({ permissions: ["chat"] }) });
  renderPage(
    server.deps,
    <p>
      Answer <OpenTrace turn={sampleTurn({ id: "turn" })} />
    </p>,
  );
  await screen.findByText("Answer");
  await waitFor(() => expect(screen.queryByRole("button")).toBeNull());
});
