import { shortAnswer } from "../../support/model";
import { page as pageWith, Site, snippet } from "../../support/site";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";
import { republish } from "../../support/workspace";

test("a page that the agent is not for is refused in words", async ({ customer, page, diary }) => {
  diary.expected.push(/CORS policy/, /Failed to load resource/);
  const stranger = await Site.start();
  try {
    await page.goto(stranger.publish("/", pageWith(snippet(customer.agent))));
    const widget = new Widget(page);
    await widget.launcher.click();
    const alert = widget.dialog.getByRole("alert");
    await expect(alert).toContainText("This chat is not available here");
    await expect(alert).toContainText(stranger.origin);
    await expect(widget.box).toBeHidden();
  } finally {
    await stranger.stop();
  }
});

test("a snippet with a key of nobody says that it is not set up", async ({
  customer,
  page,
  diary,
}) => {
  diary.expected.push(/Failed to load resource/);
  const wrong = { ...customer.agent, publishableKey: "pk_AAAAAAAAAAAAAAAAAAAAAAAAAA" };
  await page.goto(customer.site.publish("/wrong", pageWith(snippet(wrong))));
  const widget = new Widget(page);
  await widget.launcher.click();
  await expect(widget.dialog.getByRole("alert")).toContainText("This chat is not set up yet");
});

test("a site that is taken off the list is refused from then on", async ({
  customer,
  page,
  diary,
}) => {
  diary.expected.push(/CORS policy/, /Failed to load resource/);
  const { question } = await shortAnswer("Still here.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await widget.finishedAnswer();

  await republish(customer, { allowedOrigins: ["https://elsewhere.example"] });
  await page.reload();
  await expect(widget.dialog.getByRole("alert")).toContainText("not available here");
});
