import type { Page } from "@playwright/test";
import { platform } from "../../platform/platform";
import { Dashboard } from "../../support/dashboard";
import { shortAnswer } from "../../support/model";
import { page as pageWith } from "../../support/site";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";

test("an admin makes an agent, publishes it and copies a snippet that works", async ({
  workspace,
  site,
  page,
  context,
  diary,
}) => {
  diary.expected.push(/401 .*\/v1\/me/);
  const origin = new URL(platform().apiUrl).origin;
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  const dashboard = new Dashboard(page);
  await dashboard.signIn(workspace);
  await expectSteps(page, 0);

  await createAgent(dashboard, "Kiln helper");
  await dashboard.field("Instructions").fill("You help potters. You are called Ember.");
  await dashboard.field("Greeting").fill("Ember here. What are you firing?");
  const tabs = page.getByRole("navigation", { name: "Agent" });
  await tabs.getByRole("link", { name: "Install" }).click();
  await dashboard.field("Add a site").fill(site.origin);
  await dashboard.button("Add").click();
  await expect(dashboard.button(`Remove ${site.origin}`)).toBeVisible();
  await publish(dashboard, 1);

  await createPublishableKey(dashboard);
  await page.getByRole("link", { name: "Home", exact: true }).click();
  await expectSteps(page, 3);
  const tag = await copySnippet(dashboard);
  expect(tag).toContain(`src="${platform().apiUrl}/widget.js"`);

  const { question, answer } = await shortAnswer("Slowly, to 1240 degrees.");
  const widget = await Widget.openAt(await context.newPage(), site.publish("/", pageWith(tag)));
  await expect(widget.dialog.getByText("Ember here. What are you firing?")).toBeVisible();
  await widget.ask(question);
  await expect(widget.answers).toHaveText(answer);

  await page.bringToFront();
  await expect(page.getByText(`on ${site.origin}`)).toBeVisible();
  await page.getByRole("link", { name: "Home", exact: true }).click();
  await expect(page.getByRole("heading", { name: "You are live" })).toBeVisible();
});

/** Expects the checklist with so many of its five steps done. */
async function expectSteps(page: Page, done: number): Promise<void> {
  await expect(page.getByText(`${done} of 5 done`)).toBeVisible();
  await expect(page.getByRole("heading", { level: 3, name: "(done)" })).toHaveCount(done);
}

async function createAgent(dashboard: Dashboard, name: string): Promise<void> {
  await dashboard.page.getByRole("link", { name: /^Write your agent/ }).click();
  await dashboard.button("New agent").click();
  const dialog = dashboard.dialog("New agent");
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("radio", { name: "Blank" }).click();
  await dialog.getByRole("button", { name: "Create agent" }).click();
  await expect(dashboard.heading).toHaveText(name);
}

async function publish(dashboard: Dashboard, version: number): Promise<void> {
  await dashboard.button("Publish").click();
  const dialog = dashboard.dialog(/^Publish/);
  await dialog.getByRole("button", { name: `Publish version ${version}` }).click();
  await expect(dashboard.page.getByText(`Version ${version} is live`).first()).toBeVisible();
}

async function createPublishableKey(dashboard: Dashboard): Promise<void> {
  const { page } = dashboard;
  await page.getByRole("link", { name: "API keys", exact: true }).click();
  await dashboard.button("New key").click();
  const dialog = dashboard.dialog("New key");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Web shop");
  await dialog.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByText("Web shop", { exact: true })).toBeVisible();
}

/** Copies the snippet from the agent's page, and gives what the clipboard holds then. */
async function copySnippet(dashboard: Dashboard): Promise<string> {
  const { page } = dashboard;
  await page.getByRole("link", { name: /^Copy the snippet/ }).click();
  await dashboard.button("Copy snippet").click();
  await expect(dashboard.button("Copied")).toBeVisible();
  return page.evaluate(() => navigator.clipboard.readText());
}
