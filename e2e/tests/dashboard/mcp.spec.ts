import { randomUUID } from "node:crypto";
import { expectAccessible } from "../../support/axe";
import { Dashboard, enter } from "../../support/dashboard";
import { type McpServer, referenceServer } from "../../support/mcp";
import { expect, test } from "../../support/test";
import { toolQuestion } from "../../support/tools";
import { Widget } from "../../support/widget";

let server: McpServer;

test.beforeAll(async () => {
  server = await referenceServer();
});

test.afterAll(() => server.stop());

test("an MCP server is added, its tools are chosen, and a visitor's answer uses them", async ({
  customer,
  page,
  context,
}) => {
  await enter(context, customer.workspace.session);
  const dashboard = new Dashboard(await context.newPage());
  const desk = dashboard.page;
  await dashboard.goto(`/agents/${customer.agent.id}/tools`);
  await desk.getByRole("button", { name: "Add a server" }).click();
  await dashboard.field("Name").fill("Everything");
  await dashboard.field("Address").fill(server.url);
  await expectAccessible(desk);
  await dashboard.button("Add the server").click();
  const pick = dashboard.dialog("Tools of Everything");
  await pick.getByRole("checkbox", { name: /Long Running Operation/ }).check();
  await pick.getByRole("checkbox", { name: /^Get Sum/ }).check();
  await expectAccessible(desk);
  await dashboard.button("Add 2 tools").click();
  await expect(desk.getByText("Everything: get-sum")).toBeVisible();

  await desk.getByRole("listitem").filter({ hasText: "get-sum" }).getByText("Edit").click();
  await desk.getByText("Try it").click();
  await dashboard.field("Example").fill('{ "a": 2, "b": 40 }');
  await dashboard.button("Make the call").click();
  await expect(desk.getByText("It worked")).toBeVisible();
  await expect(desk.getByText(/sum of 2 and 40 is 42/)).toBeVisible();
  await dashboard.button("Cancel").click();
  await dashboard.button("Publish").click();
  await desk
    .getByRole("dialog")
    .getByRole("button", { name: /^Publish/ })
    .click();
  await expect(desk.getByText(/published/i).first()).toBeVisible();

  const question = await toolQuestion(
    `Do both, please. (${randomUUID()})`,
    [
      { name: "trigger-long-running-operation", arguments: { duration: 3, steps: 6 } },
      { name: "get-sum", arguments: { a: 2, b: 40 } },
    ],
    "Both are done.",
  );
  await page.bringToFront();
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await expect(widget.dialog.getByText(/^\d+ %$/)).toBeVisible();
  expect(await widget.finishedAnswer()).toBe("Both are done.");
  await expect(widget.dialog.locator(".call")).toHaveText([/: done$/, /: done$/]);
  await expect(widget.dialog.getByText(/^\d+ %$/)).toHaveCount(0);
});
