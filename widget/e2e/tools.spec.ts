import { describe, expect, test } from "vitest";
import { findings } from "./axe";
import type { Widget } from "./browser";
import { listenTo } from "./heard";
import { desktop, phone, setStage } from "./stage";

const stage = setStage();

async function opened(attributes = ""): Promise<Widget> {
  const widget = await stage.visit(attributes);
  await widget.launcher.click();
  await widget.page.getByText("I'm Juniper").waitFor();
  return widget;
}

const rows = (widget: Widget) => widget.dialog.locator(".call");
const told = (widget: Widget) => rows(widget).allTextContents();
const state = (name: string) => `.call[data-state="${name}"]`;

/** Asks in any language, and leaves the answer on its way. */
async function ask(widget: Widget, question: string): Promise<void> {
  const box = widget.dialog.getByRole("textbox");
  await box.fill(question);
  await box.press("Enter");
}

describe("a call of a tool", () => {
  test("is shown while it runs and when it is done, and the answer follows", async () => {
    const widget = await opened();
    await widget.ask("/tools running:Look up an order");
    await widget.dialog.locator(state("running")).waitFor();
    expect(await told(widget)).toEqual(["Look up an order: in progress"]);
    expect(await widget.dialog.locator(".waiting").count(), "one sign of work is enough").toBe(0);
    stage.api.letGo();
    await widget.finished();
    expect(await told(widget)).toEqual(["Look up an order: done"]);
    expect(await widget.answers.allTextContents()).toEqual(["That is what I have found."]);
    const order = await widget.dialog.locator(".answer > .calls, .answer > .prose").all();
    const kinds = await Promise.all(order.map((element) => element.getAttribute("class")));
    expect(kinds).toEqual(["calls", "prose"]);
  });

  test("has its name and its end in plain words, after a reload too", async () => {
    const widget = await opened();
    await widget.ask(
      "/tools asked:Give, done:look_up_order, failed:Refund, denied:Cancel, unknown:Pay, undone:Send",
    );
    await widget.finished();
    const words = [
      "Give: waiting for approval",
      "Look up order: done",
      "Refund: did not work",
      "Cancel: was not allowed",
      "Pay: not known whether it was done",
      "Send: was not done",
    ];
    expect(await told(widget)).toEqual(words);
    const box = () =>
      widget.dialog
        .locator(".answer")
        .evaluate((answer: HTMLElement) => [answer.offsetWidth, answer.offsetHeight]);
    const before = await box();
    await widget.page.reload();
    await rows(widget).first().waitFor();
    expect(await told(widget)).toEqual(words);
    expect(await box()).toEqual(before);
  });

  test("can be stopped with the answer that waits for it", async () => {
    const widget = await opened();
    await widget.ask("/tools running:Look up an order");
    await widget.dialog.locator(state("running")).waitFor();
    await widget.button("Stop answer").click();
    await widget.page.getByText("You stopped this answer.").waitFor();
    expect(await rows(widget).count()).toBe(1);
  });

  test("stands where the dots were, and moves nothing", async () => {
    await stage.use({ ...desktop, reducedMotion: "reduce" });
    const widget = await opened();
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await stage.context.route("**/Calls-*.js", (route) => held.then(() => route.continue()));
    await widget.ask("/tools running:Look up an order");
    const place = widget.dialog.locator(".answer .waiting");
    await place.locator(".dots").waitFor();
    const before = await place.boundingBox();
    letGo();
    await rows(widget).waitFor();
    expect(await rows(widget).boundingBox()).toEqual(before);
  });
});

test("what draws calls is fetched with the first of them, and the chat can do without", async () => {
  const asked: string[] = [];
  const widget = await opened();
  widget.page.on("request", (request) => asked.push(request.url()));
  await stage.context.route("**/Calls-*.js", (route) => route.abort());
  await widget.ask("Hello");
  await widget.finished();
  expect(asked.filter((url) => url.includes("Calls"))).toEqual([]);
  await widget.ask("/tools done:Look up an order");
  await widget.answers.getByText("That is what I have found.").waitFor();
  expect(asked.some((url) => url.includes("Calls"))).toBe(true);
  expect(await rows(widget).count()).toBe(0);
});

test("a call is spoken when it begins and when it ends", async () => {
  const widget = await opened();
  const heard = await listenTo(widget);
  await widget.ask("/tools running:Look up an order, failed:Pay");
  await expect.poll(heard).toContain("Pay: did not work");
  stage.api.letGo();
  await expect.poll(heard).toContain("That is what I have found.");
  const spoken = await heard();
  expect(spoken.filter((line) => line.startsWith("Look up"))).toEqual([
    "Look up an order: in progress",
    "Look up an order: done",
  ]);
  expect(new Set(spoken).size).toBe(spoken.length);
});

test("from right to left a line begins at the right", async () => {
  const widget = await opened('data-locale="ar"');
  await ask(widget, "/tools failed:Refund");
  await widget.finished();
  expect(await told(widget)).toEqual(["Refund: لم ينجح"]);
  const [icon, name, end] = await Promise.all(
    [".icon", "bdi", ".call-end"].map((part) => rows(widget).locator(part).boundingBox()),
  );
  expect(icon?.x).toBeGreaterThan(name?.x ?? Number.NaN);
  expect(name?.x).toBeGreaterThan(end?.x ?? Number.NaN);
});

describe.each([
  ["desktop by day", { ...desktop, colorScheme: "light" as const }],
  ["phone by night", { ...phone, colorScheme: "dark" as const }],
] as const)("axe finds nothing: %s", (_, options) => {
  test("under way and over", async () => {
    await stage.use({ ...options, reducedMotion: "reduce" });
    const widget = await opened();
    await widget.ask("/tools asked:Z, done:A, failed:B, denied:C, unknown:D, undone:E");
    await widget.finished();
    await widget.ask("/tools running:F, done:G");
    await widget.dialog.locator(state("running")).first().waitFor();
    expect(await findings(widget.page)).toEqual([]);
  });
});
