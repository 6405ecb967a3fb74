import { expect, test } from "vitest";
import { Widget } from "./browser";
import { pageWith } from "./fake/site";
import { setStage } from "./stage";

const stage = setStage();
const NONCE = "r4nd0m";

declare global {
  interface Window {
    violations?: string[];
  }
}

function policy(api: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${NONCE}' 'strict-dynamic'`,
    `connect-src ${api}`,
    `img-src ${api}`,
    "style-src 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

const watcher = `<script nonce="${NONCE}">
  window.violations = [];
  addEventListener("securitypolicyviolation", (event) => {
    violations.push(event.violatedDirective + " " + event.blockedURI + " " + event.sample);
  });
</script>`;

test.each(["en", "ar"])(
  "on a page with a strict policy all works without a report (%s)",
  async (locale) => {
    const { api, site } = stage;
    const tag = `${watcher}<script nonce="${NONCE}" src="${api.url}/widget.js"
    data-agent="agent-1" data-key="pk_test" data-locale="${locale}" async></script>`;
    const headers = { "content-security-policy": policy(api.url) };
    site.pages.set("/strict", { html: pageWith(tag), headers });
    site.pages.set("/favicon.ico", { html: "" });
    const page = await stage.context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (/policy|trusted/i.test(message.text())) complaints.push(message.text());
    });
    await page.goto(`${site.origin}/strict`);
    const widget = new Widget(page);
    await widget.launcher.click();
    const box = widget.dialog.getByRole("textbox");
    for (const question of ["/markdown", "/fail", "/tools done:Look up", "/suggest"]) {
      await box.fill(question);
      await box.press("Enter");
      await widget.finished();
    }
    await widget.dialog.locator(".actions .ghost").last().click();
    await widget.dialog.locator(".header .ghost").first().click();
    await widget.dialog.locator(".row").waitFor();
    expect(await widget.page.locator("parley-widget .table").count()).toBe(1);
    const background = await widget.launcher.evaluate((el) => getComputedStyle(el).backgroundColor);
    expect(background).toBe("rgb(47, 107, 79)");
    expect(await page.evaluate(() => window.violations)).toEqual([]);
    expect(complaints.filter((text) => !text.includes("favicon"))).toEqual([]);
    expect(await page.evaluate(() => document.querySelectorAll("style, [style]").length)).toBe(0);
  },
);

test("the watcher would notice", async () => {
  const headers = { "content-security-policy": policy(stage.api.url) };
  const html = pageWith(`${watcher}<script nonce="${NONCE}">
    try { document.body.innerHTML += "<b></b>" } catch {}
    document.body.setAttribute("style", "color:red");
  </script>`);
  stage.site.pages.set("/noticed", { html, headers });
  const page = await stage.context.newPage();
  await page.goto(`${stage.site.origin}/noticed`);
  await expect
    .poll(() => page.evaluate(() => window.violations?.length ?? 0))
    .toBeGreaterThanOrEqual(2);
});

test("a browser that forbids storage still gives a chat", async () => {
  await stage.context.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      });
    }
  });
  const widget = await stage.visit();
  await widget.open();
  await widget.ask("Hello");
  await widget.finished();
  expect(await widget.answers.count()).toBe(1);
});
