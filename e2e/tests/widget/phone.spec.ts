import { shortAnswer } from "../../support/model";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

test("on a phone the chat fills the screen and can be closed", async ({ customer, page }) => {
  const { question, answer } = await shortAnswer("Three weeks.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await expect(widget.dialog).toHaveAttribute("aria-modal", "true");
  const wholeScreen = { x: 0, y: 0, width: 390, height: 844 };
  await expect.poll(() => widget.dialog.boundingBox()).toEqual(wholeScreen);

  await widget.ask(question);
  await expect(widget.answers).toHaveText(answer);
  // The page behind does not scroll.
  await expect(page.locator("html")).toHaveCSS("overflow", "hidden");

  await widget.button("Close chat").click();
  await expect(widget.dialog).toBeHidden();
  await expect(widget.launcher).toBeVisible();
  await expect(page.locator("html")).toHaveCSS("overflow", "visible");
});
