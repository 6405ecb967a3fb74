import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { leanMarked } from "./scripts/lexer.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** React's names, answered by Preact: a tenth of the bytes. */
export const preactForReact = {
  "react-dom/client": "preact/compat/client",
  "react-dom": "preact/compat",
  "react/jsx-runtime": "preact/jsx-runtime",
  "react/jsx-dev-runtime": "preact/jsx-dev-runtime",
  react: "preact/compat",
};

/** Whatever NODE_ENV a build runs under, what it makes is for visitors. */
export const releaseJsx = { jsx: { runtime: "automatic", development: false } } as const;

/** The panel: an entry and its language chunks, named by their content. */
export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [leanMarked],
  oxc: releaseJsx,
  resolve: { alias: preactForReact },
  build: {
    outDir: here("dist"),
    target: ["chrome123", "safari17.5", "firefox128"],
    modulePreload: false,
    // Library mode, because its output carries no helper for preloading styles.
    lib: { entry: { panel: here("app/mount.tsx") }, formats: ["es"] },
    rolldownOptions: {
      // What is fetched later takes the parts that it shares with the panel from there.
      preserveEntrySignatures: "allow-extension",
      optimization: { inlineConst: true },
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        minify: true,
        comments: false, // Nothing bundles this once more, so nobody reads them.
      },
    },
  },
});
