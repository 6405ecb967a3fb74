import { describe, expect, test } from "vitest";
import { visit, type Widget } from "./browser";
import { setStage } from "./stage";

const stage = setStage();

const SLOW = "One two three four five six seven eight nine ten eleven twelve.";

async function opened(attributes = ""): Promise<Widget> {
  const widget = await stage.visit(attributes);
  await widget.open();
  await widget.page.getByText("I'm Juniper").waitFor();
  return widget;
}

const words = (widget: Widget) => widget.answers.last().textContent().then(String);

describe("a conversation", () => {
  test("begins with a prompt of the agent's and goes on with a suggestion", async () => {
    const widget = await opened();
    await widget.button("How much is delivery?").click();
    await widget.finished();
    expect(await words(widget)).toContain("You said: How much is delivery?");
    await widget.ask("/suggest");
    await widget.finished();
    await widget.button("How tall does it get?").click();
    await widget.finished();
    expect(await words(widget)).toContain("You said: How tall does it get?");
    expect(await widget.button("How tall does it get?").count()).toBe(0);
  });

  test("goes on after a reload in the middle of an answer, with the panel open", async () => {
    const widget = await opened();
    await widget.ask("/hold /slow");
    await widget.answers.getByText("three").waitFor();
    await widget.page.reload();
    await widget.answers.getByText("three").waitFor();
    stage.api.letGo();
    await widget.finished();
    expect(await words(widget)).toBe(SLOW);
    expect(await widget.questions.allInnerTexts()).toEqual(["/hold /slow"]);
    expect(stage.api.turns).toHaveLength(1);
  });

  test("is the same in two tabs", async () => {
    const mine = await opened();
    await mine.ask("Hello");
    await mine.finished();
    const other = await visit(stage.context, stage.site.origin);
    await other.open();
    await other.page.getByText("You said: Hello. Is there anything else?").waitFor();
    await mine.ask("/hold /slow");
    await other.answers.getByText("four").waitFor();
    stage.api.letGo();
    await Promise.all([mine.finished(), other.finished()]);
    expect(await words(other)).toBe(SLOW);
    expect(await other.questions.allInnerTexts()).toEqual(["Hello", "/hold /slow"]);
  });

  test("survives lines that break and frames that come twice", async () => {
    Object.assign(stage.api.mischief, { cutAfter: 8, repeat: 2 });
    const widget = await opened();
    await widget.ask("Hello");
    await widget.finished();
    expect(await words(widget)).toBe("You said: Hello. Is there anything else?");
  });

  test("can be stopped, and the question asked again", async () => {
    const widget = await opened();
    await widget.ask("/hold /slow");
    await widget.answers.getByText("two").waitFor();
    await widget.button("Stop answer").click();
    await widget.page.getByText("You stopped this answer.").waitFor();
    expect(SLOW.startsWith(await words(widget))).toBe(true);
    stage.api.letGo();
    await widget.button("Ask again").click();
    await widget.finished();
    expect(await words(widget)).toBe(SLOW);
  });

  test("takes a message in while it answers", async () => {
    const widget = await opened();
    await widget.ask("/hold /slow");
    await widget.answers.getByText("One").waitFor();
    await widget.ask("And this");
    await widget.page.getByText("Will be read next").waitFor();
    stage.api.letGo();
    await widget.finished();
    expect(stage.api.turns).toHaveLength(1);
  });

  test("a step that is written again replaces what was shown", async () => {
    const widget = await opened();
    await widget.ask("/reset");
    await widget.finished();
    expect(await words(widget)).toBe("The second try is the one that counts.");
  });

  test("can be left for a new one, and found in the list", async () => {
    const widget = await opened();
    await widget.ask("Hello");
    await widget.finished();
    await widget.button("New chat").click();
    await widget.page.getByText("I'm Juniper").waitFor();
    await widget.ask("/suggest");
    await widget.finished();
    await widget.button("Conversations").click();
    await widget.dialog.getByRole("heading", { name: "Conversations" }).waitFor();
    await widget.button(/^Hello/).click();
    await widget.page.getByText("You said: Hello. Is there anything else?").waitFor();
  });

  test("keeps a half-written message while the list is looked at", async () => {
    const widget = await opened();
    await widget.box.fill("Half a thought");
    await widget.button("Conversations").click();
    await widget.page.getByText("No conversations yet").waitFor();
    await widget.button("Back to chat").click();
    expect(await widget.box.inputValue()).toBe("Half a thought");
  });
});

describe("what cannot be done is said in words", () => {
  test("a limit, with the time to wait", async () => {
    const widget = await opened();
    stage.api.mischief.refuseTurn = { status: 429, retryAfter: 300 };
    await widget.ask("Hello");
    await widget.page.getByText(/You can try again in \d+ s\./).waitFor();
    expect(await widget.button("Try again").isDisabled()).toBe(true);
  });

  test("a limit, and the end of its time", async () => {
    const widget = await opened();
    stage.api.mischief.refuseTurn = { status: 429, retryAfter: 1 };
    await widget.ask("Hello");
    await widget.dialog.locator(".link:not(:disabled)", { hasText: "Try again" }).click();
    await widget.finished();
    expect(await widget.questions.count()).toBe(1);
  });

  test("a budget that is used up", async () => {
    const widget = await opened();
    stage.api.mischief.refuseTurn = { status: 402 };
    await widget.ask("Hello");
    await widget.page.getByText("has reached its limit for the month").waitFor();
    await widget.button("Discard").click();
    expect(await widget.questions.count()).toBe(0);
  });

  test("an answer that failed", async () => {
    const widget = await opened();
    await widget.ask("/fail");
    await widget.page.getByText("This answer could not be finished.").waitFor();
    expect(await words(widget)).toBe("This begins well but");
  });

  test.each([true, false])(
    "a page that may not show the agent (hidden by the browser: %s)",
    async (aloof) => {
      stage.api.mischief.allowed = ["https://elsewhere.example"];
      if (aloof) stage.api.mischief.aloof = true;
      const widget = await stage.visit();
      await widget.open();
      await widget.page.getByText("This chat is not available here").waitFor();
      await widget.page.getByText(stage.site.origin).waitFor();
      delete stage.api.mischief.allowed;
      delete stage.api.mischief.aloof;
      await widget.button("Try again").click();
      await widget.page.getByText("I'm Juniper").waitFor();
    },
  );

  test("a key that is not known", async () => {
    const wrong = `<script src="${stage.api.url}/widget.js" data-agent="agent-1" data-key="pk_no"></script>`;
    stage.site.pages.set("/wrong", { html: `<!doctype html><title>x</title><body>${wrong}` });
    const widget = await visit(stage.context, `${stage.site.origin}/wrong`);
    await widget.open();
    await widget.page.getByText("This chat is not set up yet").waitFor();
  });

  test("a lost network, and a message that goes out when it is back", async () => {
    const widget = await opened();
    await stage.context.setOffline(true);
    await widget.page.getByText("You are offline.").waitFor();
    await widget.ask("Hello");
    await stage.context.setOffline(false);
    await widget.finished();
    expect(await widget.page.getByText("You are offline.").count()).toBe(0);
    expect(stage.api.turns).toHaveLength(1);
  });

  test("a model that is only simulated", async () => {
    const widget = await opened();
    await widget.page.getByText("Simulated model").waitFor();
    stage.api.config = { ...stage.api.config, simulated: false };
    await widget.page.reload();
    await widget.page.getByText("I'm Juniper").waitFor();
    expect(await widget.page.getByText("Simulated model").count()).toBe(0);
  });
});

describe("an answer", () => {
  test("can be copied, whole and its code", async () => {
    await stage.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const widget = await opened();
    await widget.ask("/markdown");
    await widget.finished();
    const clipboard = () => widget.page.evaluate(() => navigator.clipboard.readText());
    await widget.button("Copy code").click();
    await expect.poll(clipboard).toMatch(/^const next/);
    const copy = widget.dialog.getByRole("button", { name: "Copy", exact: true });
    // It says so for a moment only.
    await Promise.all([widget.button("Copied").last().waitFor(), copy.click()]);
    await expect.poll(clipboard).toMatch(/^## Three plants/);
  });

  test("can be rated, with a sentence, and the rating taken back", async () => {
    const widget = await opened();
    await widget.ask("Hello");
    await widget.finished();
    await widget.button("Bad answer").click();
    await widget.dialog.getByLabel(/What should we know/).fill("Too short");
    await widget.button("Send feedback").click();
    await widget.page.getByText("Thank you for the feedback.").waitFor();
    expect(stage.api.stored().at(-1)?.feedback).toEqual({ rating: "down", comment: "Too short" });
    await widget.page.reload();
    const thumb = widget.button("Bad answer");
    await expect.poll(() => thumb.getAttribute("aria-pressed")).toBe("true");
    await thumb.click();
    await expect.poll(() => stage.api.stored().at(-1)?.feedback?.rating).toBe(null);
  });

  test("shows nothing that could act", async () => {
    const widget = await opened();
    await widget.ask("/markdown");
    await widget.finished();
    const links = widget.answers.locator("a");
    const safe = await links.evaluateAll((all) =>
      all.every(
        (a) =>
          /^(https?|mailto):/.test((a as HTMLAnchorElement).href) &&
          a.getAttribute("rel")?.includes("noopener"),
      ),
    );
    expect(safe).toBe(true);
    expect(await links.count()).toBe(2);
    expect(await widget.answers.locator("script, img, iframe").count()).toBe(0);
    expect(await words(widget)).toContain("<script>alert(1)</script>");
  });
});

describe("scrolling", () => {
  const gap = (widget: Widget) =>
    widget.dialog
      .locator(".scroller")
      .evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);

  test("stays at the end of a growing answer", async () => {
    const widget = await opened();
    await widget.ask("/long");
    await widget.finished();
    await expect.poll(() => gap(widget)).toBeLessThan(3);
    expect(await widget.button("Jump to latest").count()).toBe(0);
  });

  test("leaves a reader in peace, and takes them to the end when asked", async () => {
    const widget = await opened();
    await widget.ask("/hold /long");
    await widget.answers.getByText("Step 7").waitFor();
    await widget.dialog.locator(".scroller").hover();
    await widget.page.mouse.wheel(0, -600);
    await widget.button("Jump to latest").waitFor();
    const before = await gap(widget);
    stage.api.letGo();
    await widget.finished();
    expect(await gap(widget)).toBeGreaterThan(before);
    await widget.button("Jump to latest").click();
    await expect.poll(() => gap(widget)).toBeLessThan(3);
  });
});

describe("the box", () => {
  test("breaks lines with Shift+Enter, grows with them, and shrinks again", async () => {
    const widget = await opened();
    // As laid out: the panel may still be growing into its place on the screen.
    const height = () => widget.box.evaluate((box) => (box as HTMLElement).offsetHeight);
    const one = await height();
    await widget.box.pressSequentially("one");
    for (const line of ["two", "three"]) {
      await widget.box.press("Shift+Enter");
      await widget.box.pressSequentially(line);
    }
    await expect.poll(height).toBeGreaterThan(one * 2);
    await widget.box.press("Enter");
    await widget.finished();
    expect(await widget.questions.textContent()).toBe("one\ntwo\nthree");
    await expect.poll(height).toBeCloseTo(one, 0);
  });

  test("does not take the Enter that ends a composed word", async () => {
    const widget = await opened();
    await widget.box.fill("にほん");
    await widget.box.evaluate((box) => {
      const init = { key: "Enter", bubbles: true, cancelable: true };
      box.dispatchEvent(new KeyboardEvent("keydown", { ...init, isComposing: true }));
      box.dispatchEvent(new KeyboardEvent("keydown", { ...init, keyCode: 229 }));
    });
    expect(await widget.box.inputValue()).toBe("にほん");
    expect(await widget.questions.count()).toBe(0);
  });

  test("sends nothing that is only blank", async () => {
    const widget = await opened();
    await widget.ask("   ");
    expect(await widget.button("Send message").isDisabled()).toBe(true);
    expect(await widget.questions.count()).toBe(0);
  });
});
