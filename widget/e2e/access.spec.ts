import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { contrast } from "../app/ui/colors";
import { findings } from "./axe";
import type { Widget } from "./browser";
import { listenTo } from "./heard";
import { desktop, phone, setStage } from "./stage";

const stage = setStage();
async function opened(attributes = ""): Promise<Widget> {
  const widget = await stage.visit(attributes);
  await widget.launcher.click();
  await widget.page.getByText("I'm Juniper").waitFor();
  return widget;
}

const active = (page: Page) =>
  page.evaluate(() => {
    const host = document.activeElement;
    return (host?.shadowRoot?.activeElement ?? host)?.className || host?.tagName;
  });

const windows = [
  ["desktop by day", { ...desktop, colorScheme: "light" as const }],
  ["desktop by night", { ...desktop, colorScheme: "dark" as const }],
  ["phone by day", { ...phone, colorScheme: "light" as const }],
  ["phone by night", { ...phone, colorScheme: "dark" as const }],
] as const;

describe.each(windows)("axe finds nothing: %s", (_, options) => {
  test("closed, empty, answered, refused, failed and listed", async () => {
    await stage.use({ ...options, reducedMotion: "reduce" });
    const widget = await stage.visit();
    await widget.launcher.waitFor();
    expect(await findings(widget.page)).toEqual([]);
    await widget.launcher.click();
    await widget.page.getByText("I'm Juniper").waitFor();
    expect(await findings(widget.page)).toEqual([]);
    await widget.ask("/markdown");
    await widget.finished();
    await widget.button("Good answer").click();
    expect(await findings(widget.page)).toEqual([]);
    await widget.ask("/suggest");
    await widget.finished();
    stage.api.mischief.refuseTurn = { status: 429, retryAfter: 30 };
    await widget.ask("Hello");
    await widget.page.getByText("Not sent.").waitFor();
    expect(await findings(widget.page)).toEqual([]);
    await widget.button("Conversations").click();
    await widget.dialog.locator(".row").waitFor();
    expect(await findings(widget.page)).toEqual([]);
  }, 60_000);
});

test.each(["#ffd400", "#7a9e9f", "#0b0b0b"])(
  "axe finds nothing with the brand colour %s",
  async (color) => {
    for (const colorScheme of ["light", "dark"] as const) {
      await stage.use({ ...desktop, colorScheme, reducedMotion: "reduce" });
      const widget = await opened(`data-color="${color}"`);
      await widget.ask("/suggest");
      await widget.finished();
      expect(await findings(widget.page)).toEqual([]);
    }
  },
);

type Rgb = [number, number, number];

/** The colours that the panel's properties come to with a brand colour, as pixels. */
function pixels(page: Page, brand: string, names: string[]): Promise<Rgb[]> {
  const paint = ([color = "", ...properties]: string[]) => {
    const pen = new OffscreenCanvas(1, 1).getContext("2d");
    const panel = document.querySelector("parley-widget")?.shadowRoot?.querySelector(".panel");
    if (!pen || !panel) throw new Error("there is no panel");
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`parley-widget{--parley-accent:${color}}`);
    document.adoptedStyleSheets = [sheet];
    const probe = panel.appendChild(document.createElement("b"));
    const drawn = properties.map((property) => {
      probe.style.color = `var(${property})`;
      pen.fillStyle = getComputedStyle(probe).color;
      pen.fillRect(0, 0, 1, 1);
      return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3) as [number, number, number];
    });
    probe.remove();
    return drawn;
  };
  return page.evaluate(paint, [brand, ...names]);
}

const steps = [0, 64, 128, 192, 255];
const brands = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => `rgb(${r} ${g} ${b})`)));

test.each(["light", "dark"] as const)(
  "words in any brand colour can be read (%s)",
  async (colorScheme) => {
    await stage.use({ ...desktop, colorScheme });
    const { page } = await opened();
    for (const brand of brands) {
      const [words, ...papers] = await pixels(page, brand, [
        "--accent-text",
        "--surface",
        "--soft",
        "--tint",
      ]);
      for (const paper of papers) {
        expect(contrast(words as Rgb, paper), brand).toBeGreaterThanOrEqual(4.5);
      }
    }
  },
);

test("axe finds nothing in versions, nor in a message that is edited", async () => {
  const widget = await opened();
  await widget.ask("Hello");
  await widget.finished();
  await widget.button("Ask again").click();
  await widget.dialog.getByRole("group", { name: "Version 2 of 2" }).waitFor();
  await widget.button("Edit message").click();
  await widget.dialog.getByRole("textbox", { name: "Edit message" }).waitFor();
  expect(await findings(widget.page)).toEqual([]);
});

test("axe finds nothing in Arabic, and the panel is mirrored", async () => {
  const widget = await stage.visit('data-locale="ar"');
  await widget.launcher.click();
  const box = widget.dialog.getByRole("textbox");
  await box.fill("/suggest");
  await box.press("Enter");
  await widget.finished();
  expect(await findings(widget.page)).toEqual([]);
  expect(await widget.dialog.getAttribute("dir")).toBe("rtl");
  const offered = widget.dialog.locator(".chip").first();
  expect(await offered.evaluate((chip) => getComputedStyle(chip).direction)).toBe("ltr");
  const send = await widget.dialog.locator(".send").boundingBox();
  expect(send?.x).toBeLessThan((await box.boundingBox())?.x ?? 0);
});

describe("focus", () => {
  test("goes into the box, and back to the launcher with Escape", async () => {
    const widget = await opened();
    expect(await widget.box.evaluate((box) => box.matches(":focus"))).toBe(true);
    await widget.page.keyboard.press("Escape");
    await widget.dialog.waitFor({ state: "hidden" });
    expect(await active(widget.page)).toBe("launcher");
    await widget.page.keyboard.press("Enter");
    await widget.dialog.waitFor();
  });

  test("goes back to the page's own button, if that opened the panel", async () => {
    const widget = await stage.visit();
    await widget.launcher.waitFor();
    const buy = widget.page.getByRole("button", { name: "Buy" });
    await buy.evaluate((button) => {
      button.onclick = () => window.Parley?.("open");
    });
    await buy.press("Enter");
    await widget.page.getByText("I'm Juniper").waitFor();
    await expect.poll(() => widget.box.evaluate((box) => box.matches(":focus"))).toBe(true);
    await widget.page.keyboard.press("Escape");
    await widget.dialog.waitFor({ state: "hidden" });
    await expect.poll(() => buy.evaluate((button) => button.matches(":focus"))).toBe(true);
  });

  test("is not taken from a page that restores what was open", async () => {
    const widget = await opened();
    await widget.page.reload();
    await widget.page.getByText("I'm Juniper").waitFor();
    expect(await active(widget.page)).toBe("BODY");
  });

  test("on a desktop may leave for the page", async () => {
    const widget = await opened();
    expect(await widget.dialog.getAttribute("aria-modal")).toBe("false");
    await widget.page.getByRole("button", { name: "Buy" }).click();
    await widget.dialog.waitFor();
  });
});

describe("on a phone", () => {
  test("the panel covers the screen, keeps focus, and has its own way out", async () => {
    await stage.use(phone);
    const widget = await opened();
    const screen = { x: 0, y: 0, width: 390, height: 844 };
    await expect.poll(() => widget.dialog.boundingBox()).toEqual(screen);
    expect(await widget.dialog.getAttribute("aria-modal")).toBe("true");
    expect(await widget.launcher.isVisible()).toBe(false);
    const scrolls = () =>
      widget.page.evaluate(() => getComputedStyle(document.documentElement).overflow);
    await expect.poll(scrolls).toBe("hidden");
    for (let tab = 0; tab < 12; tab++) {
      await widget.page.keyboard.press("Tab");
      const inside = await widget.dialog.evaluate((dialog) => dialog.matches(":focus-within"));
      expect(inside).toBe(true);
    }
    await widget.button("Close chat").click();
    await widget.dialog.waitFor({ state: "hidden" });
    // The page is let go a moment after the panel is hidden.
    await expect.poll(scrolls).toBe("visible");
    expect(await active(widget.page)).toBe("launcher");
  });

  test("a panel of the left corner covers the screen as well, whatever is in it", async () => {
    await stage.use(phone);
    const widget = await opened('data-position="bottom-left"');
    await widget.ask("/markdown");
    await widget.finished();
    expect((await widget.dialog.boundingBox())?.width).toBe(390);
    await widget.button("Conversations").click();
    await widget.dialog.locator(".row").waitFor();
    expect((await widget.dialog.boundingBox())?.width).toBe(390);
  });

  test("opening it does not call the keyboard up", async () => {
    await stage.use(phone);
    const widget = await opened();
    expect(await active(widget.page)).toBe("panel");
  });
});

test("an answer is spoken by whole sentences, each once", async () => {
  const widget = await opened();
  const heard = await listenTo(widget);
  await widget.ask("/markdown");
  await widget.finished();
  await expect.poll(heard).toContain("Use lukewarm water.");
  const spoken = await heard();
  expect(spoken.slice(0, 2)).toEqual([
    "Three plants for a dark hallway",
    "All of them live with little light; water them only when the soil is dry.",
  ]);
  expect(new Set(spoken).size).toBe(spoken.length);
});

test("whoever wants less motion gets none", async () => {
  await stage.use({ ...desktop, reducedMotion: "reduce" });
  const widget = await opened();
  await widget.ask("/silent");
  const dot = widget.dialog.locator(".dots i").first();
  await dot.waitFor();
  const { duration, count } = await dot.evaluate((element) => {
    const style = getComputedStyle(element);
    return { duration: style.animationDuration, count: style.animationIterationCount };
  });
  expect(Number.parseFloat(duration)).toBeLessThan(0.001);
  expect(count).toBe("1");
});
