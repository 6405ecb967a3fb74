import { randomUUID } from "node:crypto";
import { expectAccessible } from "../../support/axe";
import { Dashboard, enter } from "../../support/dashboard";
import { shortAnswer } from "../../support/model";
import { expect, test } from "../../support/test";
import { calculator, toolQuestion } from "../../support/tools";
import { Widget } from "../../support/widget";
import { bodyOf } from "../../support/workspace";

test.use({ agentConfig: { model: "gpt-4o", tools: [calculator] } });

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("a draft is tried out, asks first, and every step of its answer shows", async ({
      customer,
      context,
    }) => {
      const { api, session } = customer.workspace;
      const question = await toolQuestion(
        `What do three mugs cost? (${randomUUID()})`,
        [{ name: "calculate", arguments: { expression: "19.99 * 3" } }],
        "They cost 59.97.",
      );
      await enter(context, session);
      const dashboard = new Dashboard(await context.newPage());
      const { page } = dashboard;
      await dashboard.goto(`/agents/${customer.agent.id}/playground`);
      await expect(page.getByRole("heading", { name: "Try the draft out" })).toBeVisible();
      await expectAccessible(page);
      await page.getByLabel("Tools act for real: ask me before").selectOption("all");
      await dashboard.field("Message to the draft").fill(question);
      await dashboard.button("Send").click();

      const asked = page.getByRole("region", { name: "May this be done: Calculator" });
      await expect(asked).toContainText("19.99 * 3");
      await expectAccessible(page);
      await asked.getByRole("button", { name: "Do it" }).click();
      await expect(page.getByText("They cost 59.97.").first()).toBeVisible();

      const trace = page.getByRole("region", { name: "Trace" });
      await expect(trace.getByText("Completed", { exact: true })).toBeVisible();
      const time = trace.getByRole("table", { name: "Where the time went" });
      for (const line of ["Step 1", "Calculator", "Step 2"]) {
        await expect(time.getByRole("button", { name: line })).toBeVisible();
      }
      await time.getByRole("button", { name: "Step 1" }).click();
      const call = trace.getByRole("region", { name: "Call of calculate" });
      await expect(call).toContainText("the playground asks before it is made");
      await expect(call).toContainText("You have approved");
      await expect(call).toContainText("59.97");
      await trace.getByText("What was sent").first().click();
      await expect(trace.getByText("As it was sent")).toBeVisible();
      await expect(trace.getByRole("list", { name: "Messages" })).toContainText(question);
      await expectAccessible(page);

      const { items } = bodyOf(
        await api.GET("/v1/agents/{id}/playground", {
          params: { path: { id: customer.agent.id } },
        }),
      );
      const { items: turns } = bodyOf(
        await api.GET("/v1/admin/conversations/{id}/turns", {
          params: { path: { id: items[0]?.id ?? "" } },
        }),
      );
      const usage = turns[0]?.usage;
      expect(usage?.costMicros).toBeGreaterThan(0);
      const tokens = `${usage?.inputTokens} → ${usage?.outputTokens}`;
      await expect(trace.locator("dl").first()).toContainText(tokens);
      const conversations = bodyOf(await api.GET("/v1/admin/conversations"));
      expect(conversations.items).toEqual([]);
    });
  });
}

test("the same question is run again with another draft, and compared", async ({
  customer,
  context,
}) => {
  const { question, answer } = await shortAnswer("Blue, I should say.");
  await enter(context, customer.workspace.session);
  const dashboard = new Dashboard(await context.newPage());
  const { page } = dashboard;
  await dashboard.goto(`/agents/${customer.agent.id}/playground`);
  await dashboard.field("Message to the draft").fill(question);
  await dashboard.button("Send").click();
  const trace = page.getByRole("region", { name: "Trace" });
  await expect(trace.getByText("Completed", { exact: true })).toBeVisible();
  await expect(trace.getByText("Draft, revision 1")).toBeVisible();

  await page.getByRole("link", { name: "Behaviour" }).click();
  await dashboard.field("Instructions").fill("You are Wren, and you like blue.");
  await page.getByRole("link", { name: "Playground" }).click();
  await expect(page.getByText(answer).first()).toBeVisible();
  await dashboard.button("Run again").click();
  await expect(trace.getByText("Draft, revision 2")).toBeVisible();
  await expect(trace.getByText("Completed", { exact: true })).toBeVisible();
  await trace.getByText("What was sent").click();
  await expect(trace.getByText("You are Wren, and you like blue.")).toBeVisible();
  await trace.getByLabel("Compare with another answer").selectOption({ index: 1 });
  const compared = trace.getByRole("table", { name: "Two runs compared" });
  await expect(compared).toContainText("The other, revision 1");
  await expectAccessible(page);
});

test("what a visitor was answered can be traced from the conversation", async ({
  customer,
  page,
  context,
}) => {
  const { question } = await shortAnswer("Celadon is a glaze.");
  const widget = await Widget.openAt(page, customer.pageUrl);
  await widget.ask(question);
  await widget.finishedAnswer();
  const { items } = bodyOf(await customer.workspace.api.GET("/v1/admin/conversations"));
  await enter(context, customer.workspace.session);
  const dashboard = new Dashboard(await context.newPage());
  await dashboard.goto(`/conversations/${items[0]?.id}`);
  await dashboard.button("Trace of this answer").click();
  const dialog = dashboard.dialog("How this answer came about");
  await expect(dialog.getByText("Version 1")).toBeVisible();
  await expect(dialog.getByText("Celadon is a glaze.").first()).toBeVisible();
  await expectAccessible(dashboard.page);
});
