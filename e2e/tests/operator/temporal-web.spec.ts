import type { BrowserContext, Locator, Page } from "@playwright/test";
import { platform } from "../../platform/platform";
import { Dashboard, enter } from "../../support/dashboard";
import { shortAnswer } from "../../support/model";
import { type Customer, expect, test } from "../../support/test";
import { Widget } from "../../support/widget";
import { bodyOf } from "../../support/workspace";

test.use({ operator: true, viewport: { width: 1440, height: 900 } });

/** Has one question answered, and gives the address of the turn's run in Temporal Web. */
async function answerOne({ workspace: { api }, pageUrl }: Customer, page: Page): Promise<string> {
  const { question } = await shortAnswer("Twice a day.");
  const widget = await Widget.openAt(page, pageUrl);
  await widget.ask(question);
  await widget.finishedAnswer();
  const { items } = bodyOf(await api.GET("/v1/admin/conversations"));
  const params = { path: { id: items[0]?.id ?? "" } };
  const turns = bodyOf(await api.GET("/v1/admin/conversations/{id}/turns", { params }));
  return turns.items[0]?.temporalUrl ?? "";
}

/** Where Temporal Web shows what a workflow was given. */
function input(page: Page): Locator {
  return page.locator(".cm-content").filter({ visible: true }).first();
}

test("a signed-in operator reads a run in Temporal Web", async ({ customer, page, context }) => {
  await answerOne(customer, page);
  const { session, api } = customer.workspace;
  await enter(context, session);
  const dashboard = new Dashboard(page);
  await dashboard.goto("/conversations");
  await page.getByRole("link", { name: /Tell me/ }).click();
  const run = await openedBy(context, () => page.getByRole("link", { name: /^Open run/ }).click());
  const { tenant } = bodyOf(await api.GET("/v1/me"));
  await expect(input(run)).toContainText(`"tenant": "${tenant.id}"`);
});

async function openedBy(context: BrowserContext, act: () => Promise<void>): Promise<Page> {
  const [page] = await Promise.all([context.waitForEvent("page"), act()]);
  return page;
}

test("somebody else sees ciphertext there", async ({ customer, page, diary }) => {
  const run = await answerOne(customer, page);
  diary.expected.push(/401/);
  const refused = page.waitForResponse(/operator\/codec\/decode/);
  await page.goto(run);
  expect((await refused).status()).toBe(401);
  await expect(input(page)).toHaveText(/^"[\w+/]{80,}=*"$/);
});

test("another site cannot have an operator's browser decode", async ({
  customer,
  page,
  context,
  diary,
}) => {
  diary.expected.push(/CORS policy/, /ERR_FAILED/, /Failed to load resource/);
  await enter(context, customer.workspace.session);
  await page.goto(customer.pageUrl);
  const read = await page.evaluate(async (url) => {
    const headers = { "content-type": "application/json" };
    const init: RequestInit = { method: "POST", headers, credentials: "include" };
    const asked = fetch(url, { ...init, body: JSON.stringify({ payloads: [] }) });
    return asked.then((response) => response.text()).catch(() => "refused");
  }, `${platform().apiUrl}/operator/codec/decode`);
  expect(read).toBe("refused");
});

test.describe("staff who do not run the platform", () => {
  test.use({ operator: false });

  test("are not sent there", async ({ customer, page, context }) => {
    expect(await answerOne(customer, page)).toBe("");
    await enter(context, customer.workspace.session);
    const dashboard = new Dashboard(page);
    await dashboard.goto("/conversations");
    await page.getByRole("link", { name: /Tell me/ }).click();
    await expect(page.getByRole("article").last()).toContainText("tokens");
    await expect(page.getByRole("link", { name: /^Open run/ })).toHaveCount(0);
  });
});
