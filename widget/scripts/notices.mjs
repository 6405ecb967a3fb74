/** The licences of what is bundled: they ask to travel with it. */
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

export async function notices(...names) {
  return (await Promise.all(names.map(notice))).join("\n\n");
}

async function notice(name) {
  const folder = dirname(require.resolve(`${name}/package.json`));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} comes without a licence`);
  return `${name}\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`;
}
