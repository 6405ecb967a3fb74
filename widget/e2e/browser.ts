import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";

/** Debian's Chromium, or the one that PARLEY_CHROMIUM names. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.PARLEY_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** The parts of the widget as a person finds them: by role and name. */
export class Widget {
  readonly launcher: Locator;
  readonly dialog: Locator;
  readonly box: Locator;
  readonly answers: Locator;
  readonly questions: Locator;

  constructor(readonly page: Page) {
    this.launcher = page.locator("parley-widget .launcher");
    this.dialog = page.getByRole("dialog");
    this.box = this.dialog.getByRole("textbox", { name: "Message" });
    this.answers = this.dialog.locator(".answer .prose");
    this.questions = this.dialog.locator(".user .bubble");
  }

  button(name: string | RegExp): Locator {
    return this.dialog.getByRole("button", { name });
  }

  async open(): Promise<void> {
    await this.page.getByRole("button", { name: "Open chat" }).click();
    await this.dialog.waitFor();
  }

  async ask(text: string): Promise<void> {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  /** Waits until the newest answer is whole. */
  async finished(): Promise<void> {
    await this.dialog.locator(".answer:not(.live) .actions").last().waitFor();
    await this.dialog.locator(".live, .waiting").first().waitFor({ state: "detached" });
  }
}

export async function visit(context: BrowserContext, url: string): Promise<Widget> {
  const page = await context.newPage();
  await page.goto(url);
  return new Widget(page);
}
