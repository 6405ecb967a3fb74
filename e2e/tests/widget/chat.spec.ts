import { longAnswer, refusedQuestion, shortAnswer } from "../../support/model";
import { expect, test } from "../../support/test";
import { expectGrowth, Widget } from "../../support/widget";
import { storedMessages, textOf } from "../../support/workspace";

test("a visitor asks on a customer's page and watches the answer come", async ({
  customer,
  page,
}) => {
  const { question, answer } = await longAnswer(30, 40);
  const widget = await Widget.openAt(page, customer.pageUrl);
  await expect(widget.box).toBeFocused();
  await widget.ask(question);

  expect(await widget.finishedAnswer()).toBe(answer);
  const texts = await widget.answerTexts();
  expect(texts.length, "times that the answer grew").toBeGreaterThan(4);
  expectGrowth(texts, answer);
  await expect(
    widget.dialog.getByText("Simulated model: answers are for trying things out."),
  ).toBeVisible();

  const stored = await storedMessages(customer.workspace);
  expect(stored.map(({ role, state }) => [role, state])).toEqual([
    ["user", "complete"],
    ["assistant", "complete"],
  ]);
  expect(stored.map(textOf)).toEqual([question, answer]);
});

test("a conversation is still there when the page is loaded again", async ({ customer, page }) => {
  const { question, answer } = await shortAnswer("Celadon is a green glaze.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  expect(await widget.finishedAnswer()).toBe(answer);

  await page.reload();
  await expect(widget.questions).toHaveText(question);
  await expect(widget.answers).toHaveText(answer);
});

test("a visitor stops an answer and keeps what there is of it", async ({ customer, page }) => {
  const { question, answer } = await longAnswer();
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await widget.midAnswer();
  await widget.button("Stop answer").click();

  const kept = await widget.finishedAnswer();
  await expect(widget.dialog.getByText("You stopped this answer.")).toBeVisible();
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(answer.length);
  expect(answer.startsWith(kept)).toBe(true);

  const [, stored] = await storedMessages(customer.workspace);
  expect(stored?.state).toBe("stopped");
  expect(stored && textOf(stored)).toBe(kept);

  await page.reload();
  await expect(widget.answers).toHaveText(kept);
});

test("a visitor asks again after an answer has failed", async ({ customer, page, diary }) => {
  const question = await refusedQuestion(1);
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await expect(widget.dialog.getByRole("alert")).toContainText("could not be finished");

  await widget.button("Ask again").click();
  await expect(widget.dialog.getByRole("group", { name: "Version 2 of 2" })).toBeVisible();
  expect(await widget.finishedAnswer()).not.toBe("");
  const stored = await storedMessages(customer.workspace);
  expect(stored.map(({ state }) => state)).toEqual(["complete", "complete"]);
  expect(stored[1]?.versions).toHaveLength(2);
  expect(diary.surprises).toEqual([]);
});

test("a visitor writes on while an answer is coming", async ({ customer, page }) => {
  const first = await longAnswer();
  const second = await shortAnswer("Yes, in two sizes.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(first.question);
  await widget.midAnswer();
  await widget.ask(second.question);

  await expect(widget.answers).toHaveText([first.answer, second.answer], { useInnerText: false });
  await expect(widget.questions).toHaveText([first.question, second.question]);
  await widget.finishedAnswer();
  const stored = await storedMessages(customer.workspace);
  expect(stored.filter(({ role }) => role === "user").map(textOf)).toEqual([
    first.question,
    second.question,
  ]);
});

test("a visitor who is faster than the chat opens need not send twice", async ({
  customer,
  page,
}) => {
  const { question, answer } = await shortAnswer("At once.");
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route("**/v1/widget/sessions", (route) => held.then(() => route.continue()));
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await expect(widget.button("Send message")).toBeDisabled();
  await expect(widget.box).toHaveValue(question);
  letGo();
  await expect(widget.answers).toHaveText(answer);
  await expect(widget.box).toHaveValue("");
});

test("Enter sends, Shift+Enter breaks the line", async ({ customer, page }) => {
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.box.pressSequentially("Two lines");
  await widget.box.press("Shift+Enter");
  await widget.box.pressSequentially("of text");
  await expect(widget.box).toHaveValue("Two lines\nof text");
  await widget.box.press("Enter");
  await expect(widget.box).toHaveValue("");
  await expect(widget.questions).toHaveText("Two lines\nof text", { useInnerText: true });
  await widget.finishedAnswer();
});

test("conversations are listed, begun anew and gone back to", async ({ customer, page }) => {
  const first = await shortAnswer("We fire at 1240 degrees.");
  const second = await shortAnswer("Stoneware, mostly.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(first.question);
  await widget.finishedAnswer();

  await widget.button("New chat").click();
  await expect(widget.questions).toHaveCount(0);
  await widget.ask(second.question);
  await widget.finishedAnswer();
  await expect(widget.answers).toHaveText([second.answer]);

  await widget.button("Conversations").click();
  const rows = widget.dialog.getByRole("listitem");
  await expect(rows).toHaveCount(2);
  await rows.last().getByRole("button").click();
  await expect(widget.questions).toHaveText([first.question]);
  await expect(widget.answers).toHaveText([first.answer]);
});

test("a thumb and a comment reach the staff", async ({ customer, page }) => {
  const { question } = await shortAnswer("Dishwashers are fine.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await widget.finishedAnswer();
  await widget.button("Bad answer").click();
  await widget.dialog.getByLabel(/What should we know/).fill("Not for the gold rims.");
  await widget.button("Send feedback").click();
  await expect(widget.dialog.getByText("Thank you for the feedback.")).toBeVisible();

  const [, stored] = await storedMessages(customer.workspace);
  expect(stored?.feedback).toEqual({ rating: "down", comment: "Not for the gold rims." });
});

test.describe("an agent with suggestions and starter prompts", () => {
  test.use({ agentConfig: { suggestions: true, starterPrompts: ["Do you teach?"] } });

  test("offers both as buttons", async ({ customer, page }) => {
    const widget = await Widget.openAt(page, customer.pageUrl);
    await widget.button("Do you teach?").click();
    await widget.finishedAnswer();

    const suggestion = widget.dialog
      .getByRole("list", { name: "Suggested questions" })
      .getByRole("button");
    await expect(suggestion).toHaveCount(3);
    const next = await suggestion.first().innerText();
    await suggestion.first().click();
    await expect(widget.questions).toHaveText(["Do you teach?", next]);
    await widget.finishedAnswer();
  });
});
