import { expect, test } from "vitest";
import type { Widget } from "./browser";
import { phone, setStage } from "./stage";

const stage = setStage();

const reply = (to: string) => `You said: ${to}. Is there anything else?`;

async function answered(attributes = ""): Promise<Widget> {
  const widget = await stage.visit(attributes);
  await widget.open();
  await widget.ask("Hello");
  await widget.finished();
  return widget;
}

async function said(widget: Widget): Promise<string[]> {
  const texts = await widget.dialog.locator(".bubble, .prose").allInnerTexts();
  return texts.map((text) => text.trim());
}

const pager = (widget: Widget, name: string) => widget.dialog.getByRole("group", { name });

test("an answer is given anew, and its versions are turned over by keyboard", async () => {
  const widget = await answered();
  await widget.button("Ask again").click();
  const messages = widget.dialog.getByRole("region", { name: "Messages" });
  await expect.poll(() => messages.evaluate((list) => list.matches(":focus"))).toBe(true);
  await pager(widget, "Version 2 of 2").waitFor();
  expect(await said(widget)).toEqual(["Hello", reply("Hello (2)")]);

  await widget.button("Earlier version").press("Enter");
  const first = pager(widget, "Version 1 of 2");
  await first.waitFor();
  expect(await said(widget)).toEqual(["Hello", reply("Hello")]);
  const earlier = first.getByRole("button", { name: "Earlier version" });
  await expect.poll(() => earlier.evaluate((button) => button.matches(":focus"))).toBe(true);
  expect(await earlier.getAttribute("aria-disabled")).toBe("true");
  await widget.page.keyboard.press("Tab");
  await widget.page.keyboard.press("Enter");
  await pager(widget, "Version 2 of 2").waitFor();
  expect(await said(widget)).toEqual(["Hello", reply("Hello (2)")]);
});

test("an own message is edited, or left as it is", async () => {
  const widget = await answered();
  await widget.ask("Bye");
  await widget.finished();
  await widget.button("Edit message").first().click();
  const box = widget.dialog.getByRole("textbox", { name: "Edit message" });
  expect(await box.inputValue()).toBe("Hello");
  expect(await box.evaluate((field) => field.matches(":focus"))).toBe(true);
  await box.press("Escape");
  await box.waitFor({ state: "detached" });
  expect(await widget.dialog.isVisible()).toBe(true);
  const button = widget.button("Edit message").first();
  await expect.poll(() => button.evaluate((field) => field.matches(":focus"))).toBe(true);

  await widget.button("Edit message").first().click();
  await box.fill("Good evening");
  await box.press("Enter");
  await widget.finished();
  await pager(widget, "Version 2 of 2").waitFor();
  expect(await said(widget)).toEqual(["Good evening", reply("Good evening")]);
  await widget.button("Earlier version").click();
  await pager(widget, "Version 1 of 2").waitFor();
  expect(await said(widget)).toEqual(["Hello", reply("Hello"), "Bye", reply("Bye")]);
});

test("nothing of that is offered while an answer comes", async () => {
  const widget = await answered();
  await widget.button("Ask again").click();
  await pager(widget, "Version 2 of 2").waitFor();
  await widget.ask("/hold /slow");
  await widget.answers.getByText("two").waitFor();
  expect(await widget.button(/Edit message|Ask again|version/).count()).toBe(0);
  stage.api.letGo();
  await widget.finished();
  await pager(widget, "Version 2 of 2").waitFor();
});

test("from right to left and on a phone, the arrows point the other way", async () => {
  await stage.use(phone);
  const widget = await stage.visit('data-locale="ar"');
  await widget.page.locator("parley-widget .launcher").tap();
  const box = widget.dialog.getByRole("textbox");
  await box.fill("Hello");
  await box.press("Enter");
  await widget.finished();
  await widget.button("اسأل مرة أخرى").tap();
  const group = pager(widget, "النسخة 2 من 2");
  await group.waitFor();
  const [earlier, later] = await Promise.all(
    ["النسخة السابقة", "النسخة التالية"].map((name) =>
      group.getByRole("button", { name }).boundingBox(),
    ),
  );
  expect(earlier?.x).toBeGreaterThan(later?.x ?? 0);
  await group.getByRole("button", { name: "النسخة السابقة" }).tap();
  await pager(widget, "النسخة 1 من 2").waitFor();
});
