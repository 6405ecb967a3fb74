import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { launch, visit, type Widget } from "./browser";
import { FakeApi } from "./fake/server";
import { pageWith, Site, snippet } from "./fake/site";

export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};

export interface Stage {
  browser: Browser;
  api: FakeApi;
  site: Site;
  /** A fresh browser profile for each test. */
  context: BrowserContext;
  /** Opens a page of the customer's site that carries the widget's tag. */
  visit(attributes?: string, options?: { head?: string; path?: string }): Promise<Widget>;
  /** Starts over with another kind of browser window. */
  use(options: BrowserContextOptions): Promise<void>;
}

/** Sets up what every browser test needs, and fails a test whose page had an error. */
export function setStage(): Stage {
  const errors: string[] = [];
  const stage = {} as Stage;
  const watch = (page: Page) => page.on("pageerror", (error) => errors.push(String(error)));

  stage.use = async (options) => {
    await stage.context?.close();
    stage.context = await stage.browser.newContext(options);
    stage.context.on("page", watch);
  };
  stage.visit = (attributes = "", { head = "", path = "/" } = {}) => {
    const tag = snippet(stage.api.url, attributes);
    stage.site.pages.set(path.split("?")[0] ?? "/", { html: pageWith(tag, head) });
    return visit(stage.context, stage.site.origin + path);
  };
  beforeAll(async () => {
    [stage.browser, stage.site] = await Promise.all([launch(), Site.start()]);
  });
  afterAll(async () => {
    await stage.browser.close();
    await stage.site.stop();
  });
  beforeEach(async () => {
    errors.length = 0;
    stage.api = await FakeApi.start();
    await stage.use(desktop);
  });
  afterEach(async () => {
    await stage.context.close();
    await stage.api.stop();
    if (errors.length > 0) throw new Error(`the page had errors: ${errors.join("; ")}`);
  });
  return stage;
}
