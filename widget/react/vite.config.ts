import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { leanMarked } from "../scripts/lexer.ts";
import { releaseJsx } from "../vite.config.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The same panel as in the script tag, but drawn by the React of the page that uses it. */
export default defineConfig({
  root: here("."),
  plugins: [leanMarked],
  oxc: releaseJsx,
  build: {
    outDir: here("dist"),
    target: ["chrome123", "safari17.5", "firefox128"],
    lib: { entry: { "parley-react": here("src/index.ts") }, formats: ["es"] },
    rolldownOptions: { external: [/^react($|\/)/, /^react-dom($|\/)/] },
  },
});
