import { platform } from "../../platform/platform";
import { expectAccessible } from "../../support/axe";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";

test("the demo shop's assistant answers out of the box", async ({ page }) => {
  await page.goto(platform().demoPageUrl);
  const widget = new Widget(page);
  await page.getByRole("button", { name: "Ask Juniper" }).click();
  await widget.button(/How much is delivery/).click();
  expect(await widget.finishedAnswer()).toContain("£4.95");
  await expect(
    widget.dialog.getByText("Simulated model: answers are for trying things out."),
  ).toBeVisible();
  const more = widget.dialog.getByRole("list", { name: "Suggested questions" });
  await expect(more.getByRole("button")).toHaveCount(3);
  await expectAccessible(page);
});

test("axe finds nothing on the demo shop's pages", async ({ page }) => {
  for (const path of ["/", "/care.html", "/visit.html"]) {
    await page.goto(platform().demoPageUrl + path);
    await expect(new Widget(page).launcher).toBeVisible();
    await expectAccessible(page);
  }
});

test("a page's own button can ask before the chat is there", async ({ page }) => {
  await page.goto(`${platform().demoPageUrl}/care.html`);
  await page.getByRole("button", { name: "Ask about yellow leaves" }).click();
  const widget = new Widget(page);
  await expect(widget.questions).toHaveText(/yellow leaves/);
  await widget.finishedAnswer();
});
