import { expectAccessible } from "../../support/axe";
import { readingStaff } from "../../support/dashboard";
import { shortAnswer } from "../../support/model";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";

test.use({ agentConfig: { human: { enabled: true } } });

test("a visitor asks for a person, they write to each other, and the agent goes on", async ({
  customer,
  page,
  context,
}) => {
  const hello = await shortAnswer("Hello, I am the agent.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(hello.question);
  await widget.finishedAnswer();
  await widget.button("Talk to a person").click();
  await expect(widget.dialog.getByText("A person of the team was asked.")).toBeVisible();
  await widget.ask("Is anybody there?");
  await expect(widget.questions.last()).toHaveText("Is anybody there?");
  await expectAccessible(page);

  const dashboard = await readingStaff(context, customer.workspace.session);
  const desk = dashboard.page;
  await desk.getByRole("link", { name: /^Conversations/ }).click();
  await desk.getByLabel("Waiting for a person").click();
  await desk
    .getByRole("link", { name: /Waits since/ })
    .first()
    .click();
  await expect(desk.getByText("A visitor asks for a person.", { exact: false })).toBeVisible();
  const answer = desk.getByLabel("Message to the visitor");
  await answer.pressSequentially("I am Ada");
  await expect(widget.dialog.getByText(/is typing…/)).toBeVisible();
  await answer.fill("I am here.");
  await answer.press("Enter");
  await expect(answer).toHaveValue("");
  await expect(widget.answers.last()).toHaveText("I am here.");
  await expect(widget.dialog.getByText(/answers from here on\./)).toBeVisible();
  await expectAccessible(desk);

  await widget.box.pressSequentially("Tha");
  await expect(desk.getByText("Visitor is typing…")).toBeVisible();
  const thanks = await shortAnswer("You are welcome.");
  await widget.box.fill(thanks.question);
  await widget.box.press("Enter");
  await expect(desk.getByText(thanks.question).first()).toBeVisible();
  await dashboard.button(/^Give back to/).click();
  await expect(widget.answers.last()).toHaveText("You are welcome.");
  await expect(widget.dialog.getByText("The assistant answers again.")).toBeVisible();
  await expect(widget.button("Talk to a person")).toBeVisible();
  await page.reload();
  await expect(widget.answers).toHaveText([
    "Hello, I am the agent.",
    "I am here.",
    "You are welcome.",
  ]);
});

test("staff take a conversation over, and the visitor prefers the assistant", async ({
  customer,
  page,
  context,
}) => {
  const hello = await shortAnswer("Hello.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(hello.question);
  await widget.finishedAnswer();
  const dashboard = await readingStaff(context, customer.workspace.session);
  const desk = dashboard.page;
  await desk.getByRole("link", { name: /^Conversations/ }).click();
  await desk.getByRole("link", { name: hello.question }).first().click();
  await dashboard.button("Take over").click();
  await expect(desk.getByText("You answer.", { exact: false })).toBeVisible();
  await page.bringToFront();
  await expect(widget.button("Go on with the assistant")).toBeVisible();
  await widget.button("Go on with the assistant").click();
  await expect(widget.dialog.getByText("You go on with the assistant.")).toBeVisible();
  await expect(desk.getByText(/answers this conversation\./)).toBeVisible();
});
