import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  id: string;
  nodes: { html: string }[];
}

/** What axe finds wrong in the widget; the page around it is not ours. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(await source);
  const { violations } = (await page.evaluate("axe.run('parley-widget')")) as {
    violations: Finding[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}
