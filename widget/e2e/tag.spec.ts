import { describe, expect, test } from "vitest";
import { pageWith, snippet } from "./fake/site";
import { setStage } from "./stage";

const stage = setStage();

declare global {
  interface Window {
    heard?: unknown[];
  }
}

describe("the tag", () => {
  test("fetches nothing but the loader until the panel is wanted", async () => {
    const fetched: string[] = [];
    stage.context.on("request", (request) => fetched.push(new URL(request.url()).pathname));
    const widget = await stage.visit();
    await widget.launcher.waitFor();
    await widget.page.waitForLoadState("networkidle");
    expect(fetched.filter((path) => path !== "/favicon.ico")).toEqual(["/", "/widget.js"]);
    await widget.launcher.hover();
    await expect.poll(() => fetched.some((path) => path.startsWith("/widget/assets/"))).toBe(true);
    expect(stage.api.sessions).toBe(0);
    await widget.open();
    await widget.page.getByText("I'm Juniper").waitFor();
    expect(stage.api.sessions).toBe(1);
  });

  test("obeys its attributes before the agent's own look", async () => {
    const widget = await stage.visit(
      'data-color="#b3261e" data-position="bottom-left" data-theme="dark" data-locale="de"',
    );
    const launcher = widget.page.getByRole("button", { name: "Chat öffnen" });
    const box = await launcher.boundingBox();
    expect(box?.x).toBeLessThan(100);
    await launcher.click();
    await widget.dialog.getByRole("textbox", { name: "Nachricht" }).waitFor();
    const color = (part: string, property: string) =>
      widget.page
        .locator(`parley-widget ${part}`)
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
    expect(await color(".launcher", "background-color")).toBe("rgb(179, 38, 30)");
    expect(await color(".panel", "background-color")).toBe("rgb(23, 25, 34)");
    expect((await widget.dialog.boundingBox())?.x).toBeLessThan(100);
    expect(await widget.dialog.getAttribute("lang")).toBe("de");
  });

  test("shows the agent's look from the first moment of the next page", async () => {
    const widget = await stage.visit();
    await widget.open();
    await widget.page.getByText("I'm Juniper").waitFor();
    await widget.launcher.click();
    const background = () =>
      widget.launcher.evaluate((element) => getComputedStyle(element).backgroundColor);
    expect(await background()).toBe("rgb(47, 107, 79)");
    await widget.page.reload();
    await widget.launcher.waitFor();
    expect(await background()).toBe("rgb(47, 107, 79)");
  });

  test("data-icon puts a picture on the launcher", async () => {
    const picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>';
    const headers = { "content-type": "image/svg+xml" };
    stage.site.pages.set("/icon.svg", { html: picture, headers });
    const widget = await stage.visit(`data-icon="${stage.site.origin}/icon.svg"`);
    await widget.page.locator("parley-widget .launcher img").waitFor();
  });

  test.each([
    ["data-open", "/"],
    ["", "/?chat=open"],
  ])("%j on %s opens the panel", async (attribute, path) => {
    const widget = await stage.visit(attribute, { path });
    await widget.dialog.waitFor();
    expect(await widget.page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
  });

  test("without an agent or a key it leaves the page alone", async () => {
    stage.site.pages.set("/", {
      html: pageWith(`<script src="${stage.api.url}/widget.js" data-agent="x"></script>`),
    });
    const page = await stage.context.newPage();
    await page.goto(stage.site.origin);
    expect(await page.locator("parley-widget").count()).toBe(0);
  });

  test("twice on a page it shows once", async () => {
    stage.site.pages.set("/", { html: pageWith(snippet(stage.api.url).repeat(2)) });
    const page = await stage.context.newPage();
    await page.goto(stage.site.origin, { waitUntil: "networkidle" });
    expect(await page.locator("parley-widget").count()).toBe(1);
  });

  test("can be styled from outside through parts and properties", async () => {
    const head = `<style>parley-widget{--parley-accent:#102030}
      parley-widget::part(launcher){border-radius:7px}</style>`;
    const widget = await stage.visit("", { head });
    const style = await widget.launcher.evaluate((element) => {
      const { backgroundColor, borderRadius } = getComputedStyle(element);
      return { backgroundColor, borderRadius };
    });
    expect(style).toEqual({ backgroundColor: "rgb(16, 32, 48)", borderRadius: "7px" });
  });
});

describe("commands", () => {
  const stub = `<script>
    window.heard = [];
    window.Parley = window.Parley || function () { (Parley.q = Parley.q || []).push(arguments) };
    Parley("on", "open", () => heard.push("open"));
    Parley("on", "close", () => heard.push("close"));
    Parley("on", "message", (m) => heard.push(m.role + ": " + m.text));
    Parley("on", "error", (e) => heard.push(e.code));
  </script>`;

  test("given before the script has come are carried out", async () => {
    const head = `${stub}<script>Parley("send", "Hello")</script>`;
    const widget = await stage.visit("", { head });
    await widget.finished();
    const heard = () => widget.page.evaluate(() => window.heard);
    await expect
      .poll(heard)
      .toEqual(["open", "user: Hello", "assistant: You said: Hello. Is there anything else?"]);
  });

  test("open, close and toggle do what they say, and the page is told", async () => {
    const widget = await stage.visit("", { head: stub });
    const call = (name: string) =>
      widget.page.evaluate((command) => window.Parley?.(command), name);
    await widget.launcher.waitFor();
    await call("open");
    await widget.dialog.waitFor();
    await call("toggle");
    await widget.dialog.waitFor({ state: "hidden" });
    await call("toggle");
    await call("close");
    await call("nonsense");
    expect(await widget.page.evaluate(() => window.heard)).toEqual([
      "open",
      "close",
      "open",
      "close",
    ]);
  });

  test("a listener can be taken away", async () => {
    const widget = await stage.visit();
    await widget.launcher.waitFor();
    const count = await widget.page.evaluate(() => {
      let opened = 0;
      const off = window.Parley?.("on", "open", () => opened++) as () => void;
      window.Parley?.("open");
      off();
      window.Parley?.("close");
      window.Parley?.("open");
      return opened;
    });
    expect(count).toBe(1);
  });

  test("shutdown forgets the visitor; the next call begins anew", async () => {
    const widget = await stage.visit();
    await widget.open();
    await widget.ask("Hello");
    await widget.finished();
    await widget.page.evaluate(() => window.Parley?.("shutdown"));
    expect(await widget.page.locator("parley-widget").count()).toBe(0);
    expect(await widget.page.evaluate(() => localStorage.length)).toBe(0);
    await widget.page.evaluate(() => window.Parley?.("open"));
    await widget.page.getByText("I'm Juniper").waitFor();
    expect(await widget.questions.count()).toBe(0);
  });

  test("identify makes the visitor somebody, before and after the panel is here", async () => {
    const widget = await stage.visit();
    await widget.launcher.waitFor();
    await widget.page.evaluate(() => window.Parley?.("identify", { jwt: "ada" }));
    await widget.open();
    await widget.ask("Hello");
    await widget.finished();
    await widget.page.evaluate(() => window.Parley?.("identify", { jwt: "bob" }));
    await widget.page.getByText("I'm Juniper").waitFor();
    await widget.page.evaluate(() => window.Parley?.("identify", { jwt: "ada" }));
    await widget.page.getByText("You said: Hello").waitFor();
    const stored = await widget.page.evaluate(() => localStorage.getItem("parley:agent-1"));
    expect(stored).not.toContain("secret");
  });
});

test("an unread answer shows on the launcher until the panel is opened", async () => {
  const widget = await stage.visit();
  await widget.open();
  await widget.ask("/hold /slow");
  await widget.answers.getByText("One").waitFor();
  await widget.launcher.click();
  stage.api.letGo();
  await widget.page.locator("parley-widget[unread]").waitFor({ state: "attached" });
  await widget.launcher.click();
  await widget.page.locator("parley-widget:not([unread])").waitFor({ state: "attached" });
});

test("a panel that cannot be fetched is told to the page, and fetched the next time", async () => {
  const widget = await stage.visit();
  await widget.launcher.waitFor();
  await widget.page.evaluate(() => {
    window.heard = [];
    window.Parley?.("on", "error", (error: { code: string }) => window.heard?.push(error.code));
  });
  await stage.context.route("**/widget/assets/**", (route) => route.abort());
  await widget.launcher.click();
  await expect.poll(() => widget.page.evaluate(() => window.heard)).toContain("offline");
  await stage.context.unroute("**/widget/assets/**");
  await widget.open();
  await widget.page.getByText("I'm Juniper").waitFor();
});
