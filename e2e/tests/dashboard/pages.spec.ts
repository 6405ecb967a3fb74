import type { Page } from "@playwright/test";
import { expectAccessible } from "../../support/axe";
import { Dashboard, enter } from "../../support/dashboard";
import { shortAnswer } from "../../support/model";
import { type Customer, expect, test } from "../../support/test";
import { Widget } from "../../support/widget";
import { bodyOf } from "../../support/workspace";

declare global {
  interface Window {
    refusals: string[];
  }
}

/** Notes what the dashboard's own policy refuses. */
function noteRefusals(): void {
  window.refusals = [];
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    window.refusals.push(`${violatedDirective} ${blockedURI}`);
  });
}

async function expectSound(page: Page): Promise<void> {
  await expectAccessible(page);
  expect(await page.evaluate(() => window.refusals)).toEqual([]);
}

/** Holds a conversation, so that no page is empty, and gives its id. */
async function converse({ workspace, pageUrl }: Customer, page: Page): Promise<string> {
  const { question } = await shortAnswer("## Glazes\n\n- celadon\n- **tenmoku**");
  const widget = await Widget.openAt(page, pageUrl);
  await widget.ask(question);
  await widget.finishedAnswer();
  const { items } = bodyOf(await workspace.api.GET("/v1/admin/conversations"));
  return items[0]?.id ?? "";
}

function pagesOf(agent: string, conversation: string): string[] {
  const tabs = ["", "/playground", "/appearance", "/install", "/versions"].map(
    (tab) => `/agents/${agent}${tab}`,
  );
  const conversations = ["/conversations", `/conversations/${conversation}`];
  const setup = ["/keys", "/keys?create=secret", "/provider", "/settings", "/no-such-page"];
  return ["/", "/agents", ...tabs, ...conversations, ...setup];
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("axe and the policy find nothing on the dashboard's pages", async ({
      customer,
      page,
      context,
      diary,
    }) => {
      // A workspace without a provider of its own, and the page that there is none of.
      diary.expected.push(/404 .*\/v1\/provider/);
      const conversation = await converse(customer, page);
      await enter(context, customer.workspace.session);
      const dashboard = new Dashboard(await context.newPage());
      await dashboard.page.addInitScript(noteRefusals);
      for (const path of pagesOf(customer.agent.id, conversation)) {
        await test.step(path, async () => {
          await dashboard.goto(path);
          await expectSound(dashboard.page);
        });
      }
    });

    test("axe and the policy find nothing on the sign-in page", async ({ page }) => {
      await page.addInitScript(noteRefusals);
      const dashboard = new Dashboard(page);
      await dashboard.goto("/sign-in");
      await dashboard.button("Sign in").click();
      await expect(page.getByText("Enter your e-mail address.")).toBeVisible();
      await expectSound(page);
    });
  });
}

test("a wrong password is refused in words", async ({ workspace, page, diary }) => {
  diary.expected.push(/401/);
  const dashboard = new Dashboard(page);
  await dashboard.goto("/sign-in");
  await dashboard.field("E-mail").fill(workspace.email);
  await page.getByLabel("Password").fill("not the password");
  await dashboard.button("Sign in").click();
  await expect(page.getByRole("alert")).toContainText("do not match an account");
});

test("on a phone the rooms are in a drawer", async ({ customer, page, context }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await enter(context, customer.workspace.session);
  const dashboard = new Dashboard(page);
  await dashboard.goto("/");
  await dashboard.button("Open the navigation").click();
  await page.getByRole("link", { name: "Agents", exact: true }).click();
  await expect(dashboard.heading).toHaveText("Agents");
  await expect(dashboard.dialog("Navigation")).toBeHidden();
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wider, "pixels by which the page is too wide").toBeLessThanOrEqual(0);
});
