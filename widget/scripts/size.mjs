/** Reports what a visitor downloads, and fails when it is more than we allow ourselves. */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const KB = 1000;

async function gzipped(path) {
  return gzipSync(await readFile(dist + path), { level: 9 }).length;
}

const assets = await readdir(`${dist}assets`);
const loader = await gzipped("widget.js");
const english = assets.filter((name) => /^panel-.*\.js$/.test(name));
const languages = assets.filter((name) => /^[a-z]{2}-.*\.js$/.test(name));
let opened = loader;
for (const name of english) opened += await gzipped(`assets/${name}`);
let language = 0;
for (const name of languages) language = Math.max(language, await gzipped(`assets/${name}`));

const sizeOf = (chunk) => gzipped(`assets/${assets.find((name) => name.startsWith(`${chunk}-`))}`);

const rows = [
  ["loader", loader, 3 * KB],
  ["everything at first open", opened, 45 * KB],
  ["the same in the largest language", opened + language, 45 * KB],
  ["more when a tool is called", await sizeOf("Calls"), 3 * KB],
  ["more when an answer shows cards or forms", await sizeOf("Components"), 5 * KB],
  ["more where people may answer", await sizeOf("People"), 3 * KB],
  ["more for the other conversations", await sizeOf("ConversationList"), 1 * KB],
  ["more when it is the page's", await sizeOf("call"), 1 * KB],
];
let failed = false;
for (const [what, size, budget] of rows) {
  const over = size > budget;
  failed ||= over;
  const verdict = over ? "OVER BUDGET" : "ok";
  process.stdout.write(
    `${what.padEnd(42)} ${String(size).padStart(6)} B gzipped of ${budget}  ${verdict}\n`,
  );
}
process.exit(failed ? 1 : 0);
