import type { Page } from "@playwright/test";
import { longAnswer, shortAnswer } from "../../support/model";
import { expect, test } from "../../support/test";
import { expectGrowth, Widget } from "../../support/widget";
import { storedMessages, textOf, type Workspace } from "../../support/workspace";

/** The answer as it is stored, once: character for character what the model said. */
async function expectStoredOnce(workspace: Workspace, answer: string): Promise<void> {
  const stored = await storedMessages(workspace);
  expect(stored.map(({ role, state }) => `${role} ${state}`)).toEqual([
    "user complete",
    "assistant complete",
  ]);
  expect(stored.map(textOf)[1]).toBe(answer);
}

test("an answer goes on when the page is loaded again in the middle of it", async ({
  customer,
  page,
}) => {
  const { question, answer } = await longAnswer(160);
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await widget.midAnswer();
  const before = await widget.answerTexts();

  await page.reload();
  await widget.midAnswer(before.at(-1)?.length);
  expect(await widget.finishedAnswer()).toBe(answer);
  expectGrowth(before, answer);
  expectGrowth(await widget.answerTexts(), answer);
  await expect(widget.questions).toHaveText(question);
  await expectStoredOnce(customer.workspace, answer);
});

test("two tabs follow each other", async ({ customer, page, context }) => {
  const first = await longAnswer();
  const second = await longAnswer();
  const widget = await Widget.openAt(page, customer.pageUrl);
  // A conversation begins with its first message, so the other tab comes after it.
  await widget.ask(first.question);
  await widget.midAnswer();
  const other = await Widget.openAt(await context.newPage(), customer.pageUrl);
  await expect(other.questions).toHaveText([first.question]);
  await expect(other.answers).toHaveText([first.answer], { useInnerText: false });

  await other.ask(second.question);
  await page.bringToFront();
  await expect(widget.questions).toHaveText([first.question, second.question]);
  await expect(widget.answers).toHaveText([first.answer, second.answer]);
  expect(await widget.finishedAnswer()).toBe(second.answer);
  expectGrowth(await other.answerTexts().then(onlyLast(second.answer)), second.answer);
  expectGrowth(await widget.answerTexts().then(onlyLast(second.answer)), second.answer);
});

/** Leaves out the texts of an earlier answer on the same page: all begin alike but end at its end. */
function onlyLast(answer: string) {
  return (texts: string[]) => {
    const restart = texts.findLastIndex((text, i) => text.length < (texts[i - 1]?.length ?? 0));
    return texts.slice(Math.max(restart, 0)).filter((text) => text.length <= answer.length);
  };
}

test("what is written without a network is sent when it is back", async ({
  customer,
  page,
  context,
  diary,
}) => {
  diary.expected.push(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/);
  const first = await shortAnswer("Good morning.");
  const second = await shortAnswer("Welcome back.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(first.question);
  await widget.finishedAnswer();

  await context.setOffline(true);
  await expect(widget.dialog.getByText("You are offline.")).toBeVisible();
  await widget.ask(second.question);
  await expect(widget.questions).toHaveText([first.question, second.question]);
  await expect(widget.dialog.getByText("Sending…")).toBeVisible();

  await context.setOffline(false);
  await expect(widget.answers).toHaveText([first.answer, second.answer]);
  await expect(widget.dialog.getByText("You are offline.")).toBeHidden();
  const stored = await storedMessages(customer.workspace);
  expect(stored.map(textOf)).toEqual([
    first.question,
    first.answer,
    second.question,
    second.answer,
  ]);
});

test("an answer loses nothing while the network is away", async ({
  customer,
  page,
  context,
  diary,
}) => {
  diary.expected.push(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/);
  const { question, answer } = await longAnswer();
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await widget.midAnswer();
  await context.setOffline(true);
  await expect(widget.dialog.getByText("You are offline.")).toBeVisible();
  await untilStored(customer.workspace, answer);

  await context.setOffline(false);
  await expect(widget.answers).toHaveText(answer);
  expect(await widget.finishedAnswer()).toBe(answer);
  expectGrowth(await widget.answerTexts(), answer);
  await expectStoredOnce(customer.workspace, answer);
});

async function untilStored(workspace: Workspace, answer: string): Promise<void> {
  await expect
    .poll(async () => (await storedMessages(workspace)).map(textOf).at(-1), { timeout: 60_000 })
    .toBe(answer);
}

test("a visitor who closes the panel in the middle of an answer finds it whole", async ({
  customer,
  page,
}) => {
  const { question, answer } = await longAnswer();
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await widget.midAnswer();
  await page.keyboard.press("Escape");
  await expect(widget.dialog).toBeHidden();
  await expect(widget.launcher).toBeFocused();

  await widget.launcher.click();
  await expect(widget.answers).toHaveText(answer);
});

/** Chromium on a machine that sleeps keeps no connection: the page is frozen instead. */
test("an answer goes on in a tab that comes back from the history", async ({ customer, page }) => {
  const { question, answer } = await longAnswer(160);
  const away = customer.site.publish("/away", "<title>Away</title><h1>Elsewhere</h1>");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await widget.midAnswer();
  await page.goto(away);
  await goBack(page);
  await expect(widget.answers).toHaveText(answer);
  expect(await widget.finishedAnswer()).toBe(answer);
  await expectStoredOnce(customer.workspace, answer);
});

async function goBack(page: Page): Promise<void> {
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Pots for daily use" })).toBeVisible();
}
