import { expectAccessible } from "../../support/axe";
import { shortAnswer } from "../../support/model";
import { page as pageWith, snippet } from "../../support/site";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";

const MARKDOWN =
  "## Care\n\nWash it **by hand**:\n\n1. warm water\n2. a soft cloth\n\n| Glaze | Oven |\n| --- | --- |\n| Celadon | yes |\n\nSee [our guide](https://example.com) or `ask`.";

test.use({
  agentConfig: { suggestions: true, starterPrompts: ["Do you teach?"], greeting: "Hello!" },
});

const looks = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { name: "phone, light", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "phone, dark", colorScheme: "dark", viewport: { width: 390, height: 844 } },
] as const;

for (const { name, ...look } of looks) {
  test.describe(name, () => {
    test.use({ ...look, contextOptions: { reducedMotion: "reduce" } });

    test("axe finds nothing in the chat", async ({ customer, page }) => {
      const { question } = await shortAnswer(MARKDOWN);
      const auto = snippet(customer.agent, { "data-theme": "auto" });
      await page.goto(customer.site.publish("/auto", pageWith(auto)));
      await expectAccessible(page);
      const widget = new Widget(page);
      await widget.launcher.click();
      await expect(widget.button("Do you teach?")).toBeVisible();
      await expectAccessible(page);

      await widget.ask(question);
      await widget.finishedAnswer();
      await expect(widget.dialog.getByRole("list", { name: "Suggested questions" })).toBeVisible();
      await expectAccessible(page);
      await widget.button("Good answer").click();
      await expectAccessible(page);
      await widget.button("Conversations").click();
      await expect(widget.dialog.getByRole("listitem")).toHaveCount(1);
      await expectAccessible(page);
    });
  });
}

test("the keyboard alone is enough", async ({ customer, page }) => {
  const { question, answer } = await shortAnswer("With pleasure.");
  await page.goto(customer.pageUrl);
  const widget = new Widget(page);
  await expect(widget.launcher).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(widget.launcher).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(widget.box).toBeFocused();
  await page.keyboard.type(question);
  await page.keyboard.press("Enter");
  await expect(widget.answers).toHaveText(answer);
  await page.keyboard.press("Escape");
  await expect(widget.dialog).toBeHidden();
  await expect(widget.launcher).toBeFocused();
});

test("in Arabic the chat runs from right to left", async ({ customer, page }) => {
  const { question, answer } = await shortAnswer("نعم، كل يوم.");
  await page.goto(customer.site.publish("/ar", pageWith(snippet(customer.agent), "ar")));
  await page.getByRole("button", { name: "فتح المحادثة" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toHaveAttribute("dir", "rtl");
  await expect(dialog).toHaveAttribute("lang", "ar");
  const box = dialog.getByRole("textbox");
  await box.fill(question);
  await box.press("Enter");
  await expect(dialog.locator(".answer .prose")).toHaveText(answer);
  await expectAccessible(page);
});
