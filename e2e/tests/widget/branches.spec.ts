import { readingStaff } from "../../support/dashboard";
import { shortAnswer, twoAnswers } from "../../support/model";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";

test("a visitor turns over answers and messages, and staff read all of them", async ({
  customer,
  page,
  context,
}) => {
  const asked = await twoAnswers("Heads.", "Tails.");
  const edited = await shortAnswer("Porcelain.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  const shown = () => widget.dialog.locator(".bubble, .prose");
  await widget.ask(asked);
  await widget.finishedAnswer();
  await widget.button("Ask again").click();
  await expect(shown()).toHaveText([asked, "Tails."]);
  await widget.button("Earlier version").click();
  await expect(shown()).toHaveText([asked, "Heads."]);

  await widget.questions.hover();
  await widget.button("Edit message").click();
  const box = widget.dialog.getByRole("textbox", { name: "Edit message" });
  await box.fill(edited.question);
  await box.press("Enter");
  await expect(shown()).toHaveText([edited.question, "Porcelain."]);
  await widget.button("Earlier version").click();
  await expect(shown()).toHaveText([asked, "Tails."]);
  await page.reload();
  await expect(shown()).toHaveText([asked, "Tails."]);

  const dashboard = await readingStaff(context, customer.workspace.session);
  await dashboard.page.getByRole("link", { name: /Choose/ }).click();
  const messages = dashboard.page.getByRole("article");
  await expect(messages.last()).toContainText("Tails.");
  const pages = dashboard.page.getByRole("group", { name: "Version 1 of 2" });
  await pages.getByRole("button", { name: "Later version" }).click();
  await expect(messages.first()).toContainText(edited.question);
  await expect(messages.last()).toContainText("Porcelain.");
  await expect(dashboard.page.getByText("another version")).toBeVisible();
  await page.bringToFront();
  await expect(shown()).toHaveText([asked, "Tails."]);
});
