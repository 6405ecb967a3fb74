import type { Widget } from "./browser";

declare global {
  interface Window {
    spoken?: (string | null)[];
  }
}

/** Listens to what a screen reader is told from now on; gives what that was so far. */
export async function listenTo({ page }: Widget): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const root = document.querySelector("parley-widget")?.shadowRoot;
    const region = root?.querySelector('[role="log"]');
    window.spoken = [];
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) window.spoken?.push(node.textContent);
      }
    }).observe(region as Element, { childList: true });
  });
  return () => page.evaluate(() => window.spoken as string[]);
}
