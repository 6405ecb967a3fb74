import { expect, type Locator, type Page } from "@playwright/test";

declare global {
  interface Window {
    /** Every text that the newest answer on this page has had, in order. */
    answerTexts?: string[];
  }
}

/** The parts of the widget as a person finds them: by role and name. */
export class Widget {
  readonly launcher: Locator;
  readonly dialog: Locator;
  readonly box: Locator;
  readonly answers: Locator;
  readonly questions: Locator;

  constructor(readonly page: Page) {
    this.launcher = page.getByRole("button", { name: "Open chat" });
    this.dialog = page.getByRole("dialog");
    this.box = this.dialog.getByRole("textbox", { name: "Message" });
    this.answers = this.dialog.locator(".answer .prose");
    this.questions = this.dialog.locator(".user .bubble");
  }

  /** Goes to a page and opens the chat there. */
  static async openAt(page: Page, url: string): Promise<Widget> {
    await page.addInitScript(noteAnswers);
    await page.goto(url);
    const widget = new Widget(page);
    await widget.launcher.click();
    await expect(widget.box).toBeEditable();
    return widget;
  }

  button(name: string | RegExp): Locator {
    return this.dialog.getByRole("button", { name });
  }

  async ask(text: string): Promise<void> {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  /** Waits until the newest answer has grown to so many characters, and is not whole. */
  async midAnswer(characters = 40): Promise<void> {
    const live = this.dialog.locator(".answer.live .prose").last();
    await expect
      .poll(async () => (await live.textContent())?.length ?? 0)
      .toBeGreaterThan(characters);
    await expect(this.button("Stop answer")).toBeVisible();
  }

  /** Waits until the newest answer is whole, and gives its text. */
  async finishedAnswer(): Promise<string> {
    await expect(this.dialog.locator(".answer").last().locator(".actions")).toBeAttached();
    await expect(this.button("Stop answer")).toBeHidden();
    return (await this.answers.last().textContent()) ?? "";
  }

  /** Every text that the newest answer has had on this page since it was loaded. */
  answerTexts(): Promise<string[]> {
    return this.page.evaluate(() => window.answerTexts ?? []);
  }
}

/** Each text begins with the one before it: nothing that was shown has vanished or been doubled. */
export function expectGrowth(texts: string[], whole: string): void {
  for (const [i, text] of texts.entries()) {
    expect(text.startsWith(texts[i - 1] ?? ""), `text ${i} goes on from the one before`).toBe(true);
    expect(whole.startsWith(text.trimEnd()), `text ${i} is the beginning of the answer`).toBe(true);
  }
}

/** Runs in the page, from its first moment: keeps each text that the newest answer has. */
function noteAnswers(): void {
  const texts: string[] = [];
  window.answerTexts = texts;
  const note = (root: ShadowRoot) => {
    const text = [...root.querySelectorAll(".answer .prose")].at(-1)?.textContent ?? "";
    if (text !== "" && text !== texts.at(-1)) texts.push(text);
  };
  const watch = (root: ShadowRoot) => {
    const everything = { subtree: true, childList: true, characterData: true };
    new MutationObserver(() => note(root)).observe(root, everything);
  };
  const search = new MutationObserver(() => {
    const root = document.querySelector("parley-widget")?.shadowRoot;
    if (!root) return;
    search.disconnect();
    watch(root);
  });
  search.observe(document, { subtree: true, childList: true });
}
