import { expectAccessible } from "../../support/axe";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";

test.use({ agentConfig: { output: { kind: "components" } } });

test("a form that an answer offers comes back as a message", async ({ customer, page }) => {
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask("Please show me the form.");
  const form = widget.dialog.getByRole("form", { name: "How can we reach you?" });
  await expect(form.getByRole("button", { name: "Send" })).toBeEnabled();
  await expectAccessible(page);

  // What is missing is said where it is missing.
  await form.getByRole("button", { name: "Send" }).click();
  await expect(form.getByLabel("Your name")).toBeFocused();
  await expect(form.getByText("Please fill this in.")).toHaveCount(2);
  await form.getByLabel("Your name").fill("Ada");

  // What was typed outlives a look at something else.
  await widget.button("Conversations").click();
  await widget.button("Back to chat").click();
  await expect(form.getByLabel("Your name")).toHaveValue("Ada");

  await form.getByLabel("Email address").fill("ada@example.com");
  await form.getByLabel("When shall we call?").selectOption("In the morning");
  await form.getByLabel("Send me the newsletter").check();
  await form.getByRole("button", { name: "Send" }).click();
  await expect(widget.questions.last()).toContainText("Your name: Ada");
  await expect(form.getByText("Sent")).toBeVisible();
  await expect(form.getByLabel("Your name")).toBeDisabled();
  await widget.finishedAnswer();

  await page.reload(); // the chat stays open
  await expect(form.getByText("Sent")).toBeVisible();
  await expect(form.getByLabel("Your name")).toHaveValue("Ada");
  await expect(form.getByLabel("Send me the newsletter")).toBeChecked();
  await expect(widget.questions.last()).toContainText("Email address: ada@example.com");
  await expectAccessible(page);
});

test("a question is answered with a button", async ({ customer, page }) => {
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask("I need a confirmation.");
  const asked = widget.dialog.getByRole("group", { name: "Shall I go on?" });
  await asked.getByRole("button", { name: "Yes, go on" }).click();
  await expect(widget.questions.last()).toHaveText("Yes, go on");
  await expect(asked.getByRole("button")).toHaveCount(0);
  await expect(asked).toContainText("Yes, go on");
});

test("cards, lists, links and pictures are shown, and no foreign picture unasked", async ({
  customer,
  page,
}) => {
  const foreign: string[] = [];
  await page.route("https://example.com/**", (route) => {
    foreign.push(route.request().url());
    const body = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    return route.fulfill({ contentType: "image/svg+xml", body });
  });
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask("Show me a card, a list, a link and an image.");
  await expect(widget.dialog.getByRole("heading", { name: "A sample card" })).toBeVisible();
  await expect(widget.dialog.getByRole("link", { name: "A sample link" })).toHaveAttribute(
    "rel",
    "noopener noreferrer",
  );
  await expect(widget.dialog.getByText("The second entry")).toBeVisible();
  await expectAccessible(page);
  expect(foreign).toEqual([]);
  await widget.button(/Show the picture from example\.com/).click();
  await expect.poll(() => foreign).toEqual(["https://example.com/sample.png"]);
});
