import { randomUUID } from "node:crypto";
import { expectAccessible } from "../../support/axe";
import { expect, test } from "../../support/test";
import { calculator, toolQuestion } from "../../support/tools";
import { Widget } from "../../support/widget";

test.use({
  agentConfig: { tools: [{ ...calculator, policy: { default: "ask_visitor" } }] },
});

for (const { button, end, answer } of [
  { button: "Yes, do it", end: "Calculator: done", answer: "They cost 59.97." },
  { button: "No", end: "Calculator: was not allowed", answer: "Then I will not work it out." },
]) {
  test(`a visitor is asked and says: ${button}`, async ({ customer, page }) => {
    const question = await toolQuestion(
      `What do three mugs cost? (${randomUUID()})`,
      [{ name: "calculate", arguments: { expression: "19.99 * 3" } }],
      answer,
    );
    const widget = await Widget.openAt(page, customer.pageUrl);
    await widget.ask(question);
    const asked = widget.dialog.getByRole("group", { name: "May I do this?" });
    await expect(asked).toContainText("19.99 * 3");
    await expectAccessible(page);
    await page.reload(); // the question is still there
    await asked.getByRole("button", { name: button, exact: true }).click();
    await expect(widget.dialog.locator(".call")).toHaveText(end);
    await expect(widget.answers).toHaveText(answer);
  });
}
