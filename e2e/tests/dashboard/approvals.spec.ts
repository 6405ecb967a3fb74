import { randomUUID } from "node:crypto";
import { expectAccessible } from "../../support/axe";
import { readingStaff } from "../../support/dashboard";
import { expect, test } from "../../support/test";
import { calculator, toolQuestion } from "../../support/tools";
import { Widget } from "../../support/widget";

test.use({
  agentConfig: { tools: [{ ...calculator, policy: { default: "ask_staff" } }] },
});

test("staff is asked, decides, and the visitor's answer goes on", async ({
  customer,
  page,
  context,
}) => {
  const question = await toolQuestion(
    `What do three mugs cost? (${randomUUID()})`,
    [{ name: "calculate", arguments: { expression: "19.99 * 3" } }],
    "They cost 59.97.",
  );
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await expect(widget.dialog.locator(".call")).toContainText("Calculator");

  const dashboard = await readingStaff(context, customer.workspace.session);
  const desk = dashboard.page;
  await expect(desk).toHaveTitle(/^\(1\) /);
  await desk.getByRole("link", { name: /^Approvals/ }).click();
  await desk.getByRole("link", { name: /Calculator/ }).click();
  await expect(desk.getByRole("heading", { name: "Calculator" })).toBeVisible();
  await expect(desk.getByText("19.99 * 3", { exact: true })).toBeVisible();
  await expectAccessible(desk);
  await dashboard.button("Approve").click();
  await expect(desk.getByText("Done", { exact: true })).toBeVisible();
  await expect(desk).not.toHaveTitle(/^\(/);

  await page.bringToFront();
  expect(await widget.finishedAnswer()).toBe("They cost 59.97.");
});
