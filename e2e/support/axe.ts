import { expect, type Page } from "@playwright/test";
import axe from "axe-core";

/** Expects that axe finds nothing to complain about in what the page shows now. */
export async function expectAccessible(page: Page, within = "html"): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async (context) => {
    const { violations } = await window.axe.run(context);
    return violations.map(({ id, help, nodes }) => ({
      rule: `${id}: ${help}`,
      where: nodes.map(({ target, failureSummary }) => `${target.join(" ")} — ${failureSummary}`),
    }));
  }, within);
  expect(violations).toEqual([]);
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}
