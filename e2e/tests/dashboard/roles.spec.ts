import { Dashboard, enter } from "../../support/dashboard";
import { expect, test } from "../../support/test";
import { addMember, createWorkspace, publishAgent, signIn } from "../../support/workspace";

test("a viewer sees an agent and cannot change it", async ({ customer, page, context }) => {
  await enter(context, await signIn(await addMember(customer.workspace, "viewer")));
  const dashboard = new Dashboard(page);
  await dashboard.goto(`/agents/${customer.agent.id}`);
  await expect(page.getByText("View only")).toBeVisible();
  await expect(dashboard.field("Instructions")).not.toBeEditable();
  await expect(dashboard.button("Publish")).toHaveAttribute("aria-disabled", "true");
  await dashboard.button("Publish").hover();
  await expect(page.getByRole("tooltip")).toContainText("viewer");

  await dashboard.goto("/agents");
  await expect(dashboard.button("New agent")).toHaveAttribute("aria-disabled", "true");
  await dashboard.goto("/keys");
  await expect(page.getByText("Ask an owner or an admin.")).toBeVisible();
});

test("the server refuses a viewer's changes as well", async ({
  customer,
  page,
  context,
  diary,
}) => {
  diary.expected.push(/403/);
  await enter(context, await signIn(await addMember(customer.workspace, "viewer")));
  await new Dashboard(page).goto("/");
  const refused = await page.evaluate(async (id) => {
    const init = { method: "POST", headers: { "content-type": "application/json" } };
    const body = JSON.stringify({ revision: 1 });
    return (await fetch(`/v1/agents/${id}/publish`, { ...init, body })).status;
  }, customer.agent.id);
  expect(refused).toBe(403);
});

test("another workspace's agent does not exist", async ({ workspace, page, context, diary }) => {
  diary.expected.push(/404/, /There is no such agent/);
  const agent = await publishAgent(await createWorkspace(), []);
  await enter(context, workspace.session);
  const dashboard = new Dashboard(page);
  await dashboard.goto(`/agents/${agent.id}`);
  await expect(dashboard.heading).not.toHaveText("Wren");
});
