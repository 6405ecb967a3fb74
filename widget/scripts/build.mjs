/**
 * Builds the panel, then the loader and the dashboard's preview page, which know
 * the panel's hashed name. What was in dist before goes, but for the marker that
 * keeps the folder in the repository.
 */
import { readdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { notices } from "./notices.mjs";

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

for (const name of await readdir(here("dist"))) {
  if (name !== ".gitkeep") await rm(here(`dist/${name}`), { recursive: true });
}

const [built] = await build({
  configFile: here("vite.config.ts"),
  build: { emptyOutDir: false },
  logLevel: "warn",
});
const panel = built.output.find((file) => file.type === "chunk" && file.isEntry);

await build({
  configFile: false,
  root: here("."),
  logLevel: "warn",
  define: { __PANEL__: JSON.stringify(`widget/${panel.fileName}`) },
  build: {
    outDir: here("dist"),
    emptyOutDir: false,
    target: ["chrome123", "safari17.5", "firefox128"],
    modulePreload: false,
    lib: {
      entry: here("loader/index.ts"),
      name: "ParleyLoader",
      formats: ["iife"],
      fileName: () => "widget.js",
    },
  },
});

await build({
  configFile: false,
  root: here("preview"),
  base: "./",
  logLevel: "warn",
  define: { __PANEL__: JSON.stringify(panel.fileName) },
  build: {
    outDir: here("dist"),
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: { input: here("preview/preview.html") },
  },
});

await writeFile(here("dist/LICENSES.txt"), await notices("marked", "preact"));
