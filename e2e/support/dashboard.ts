import { type BrowserContext, expect, type Locator, type Page } from "@playwright/test";
import { platform } from "../platform/platform";
import type { Account } from "./workspace";

/** The dashboard as a member of staff uses it. */
export class Dashboard {
  constructor(readonly page: Page) {}

  get heading(): Locator {
    return this.page.locator("h1");
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  dialog(name: string | RegExp): Locator {
    return this.page.getByRole("dialog", { name });
  }

  field(label: string): Locator {
    return this.page.getByRole("textbox", { name: label, exact: true });
  }

  /** Goes to a page of the dashboard by its address. */
  async goto(path: string): Promise<void> {
    await this.page.goto(dashboardUrl(path));
    await expect(this.heading).toBeVisible();
  }

  /** Signs in by typing, as the first visit asks for. */
  async signIn({ email, password }: Account): Promise<void> {
    await this.page.goto(dashboardUrl("/"));
    await this.field("E-mail").fill(email);
    await this.page.getByLabel("Password").fill(password);
    await this.button("Sign in").click();
    await expect(this.page.getByRole("navigation", { name: "Main" })).toBeVisible();
  }
}

export function dashboardUrl(path: string): string {
  return `${platform().apiUrl}/dashboard${path}`;
}

/** Opens the browser's session without the form. */
export async function enter(context: BrowserContext, session: string): Promise<void> {
  const url = platform().apiUrl;
  await context.addCookies([{ name: "parley_session", value: session, url, httpOnly: true }]);
}

/** A tab of the browser in which a member of staff looks at the conversations. */
export async function readingStaff(context: BrowserContext, session: string): Promise<Dashboard> {
  await enter(context, session);
  const dashboard = new Dashboard(await context.newPage());
  await dashboard.goto("/conversations");
  return dashboard;
}
