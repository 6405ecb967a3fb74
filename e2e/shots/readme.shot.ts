import { stat } from "node:fs/promises";
import { inCheckout, platform } from "../platform/platform";
import { expect, test } from "../support/test";
import { Widget } from "../support/widget";

const PICTURE = inCheckout("docs/images/widget.png");
/** What a page of the README may weigh, in bytes. */
const HEAVIEST = 300_000;

test.use({ viewport: { width: 1520, height: 820 }, colorScheme: "light" });

test("the demo shop in mid-answer", async ({ page }) => {
  await page.goto(platform().demoPageUrl);
  const widget = new Widget(page);
  await widget.launcher.click();
  await widget.button(/How much is delivery/).click();
  await widget.finishedAnswer();
  await widget.ask("Do you have workshops, and what do they cost?");
  await widget.midAnswer(150);
  await page.screenshot({ path: PICTURE, animations: "allow" });
  expect((await stat(PICTURE)).size).toBeLessThan(HEAVIEST);
});
