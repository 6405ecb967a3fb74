import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BINARY } from "../../platform/platform";
import { readingStaff } from "../../support/dashboard";
import { longAnswer, shortAnswer } from "../../support/model";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";

test("staff read a conversation while it happens", async ({ customer, page, context }) => {
  const first = await longAnswer();
  const second = await shortAnswer("By hand, please.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(first.question);
  await widget.midAnswer();

  const dashboard = await readingStaff(context, customer.workspace.session);
  await dashboard.page.getByRole("link", { name: /Count for me/ }).click();
  const messages = dashboard.page.getByRole("article");
  await expect(messages).toHaveCount(2);
  await expect(messages.first()).toContainText(first.question);
  await expect(messages.last()).toContainText("Answering");
  await expect(messages.last()).toContainText(first.answer);
  await expect(messages.last()).not.toContainText("Answering");

  await page.bringToFront();
  await widget.ask(second.question);
  await expect(messages).toHaveCount(4);
  await expect(messages.last()).toContainText(second.answer);
});

test("staff find a conversation by what was said in it", async ({ customer, page, context }) => {
  const said = await shortAnswer("Our porcelain is translucent.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(said.question);
  await widget.finishedAnswer();

  const dashboard = await readingStaff(context, customer.workspace.session);
  const search = dashboard.page.getByRole("searchbox", { name: "Search conversations" });
  const found = dashboard.page.getByRole("link", { name: /Tell me/ });
  await search.fill("translucent");
  await expect(found).toHaveCount(1);
  await search.fill("earthenware");
  await expect(found).toHaveCount(0);
});

test("an answer is taken out as a file that replays", async ({ customer, page, context }) => {
  const said = await shortAnswer("Glaze it twice.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(said.question);
  await widget.finishedAnswer();

  const dashboard = await readingStaff(context, customer.workspace.session);
  await dashboard.page.getByRole("link", { name: /Tell me/ }).click();
  const [file] = await Promise.all([
    dashboard.page.waitForEvent("download"),
    dashboard.page.getByRole("link", { name: /^Export/ }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^[0-9a-f-]{36}\.turn$/);
  const path = test.info().outputPath(file.suggestedFilename());
  await file.saveAs(path);
  const { stdout } = await promisify(execFile)(BINARY, ["replay", path]);
  expect(stdout).toContain("1 of 1 workflows replay with this build");
});
