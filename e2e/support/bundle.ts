import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";

/** Builds a page's script from a file of pages/, with all that it imports. */
export async function bundle(name: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL(`../pages/${name}`, import.meta.url)),
        name: "page",
        formats: ["iife"],
      },
    },
  });
  const [{ output }] = built as [Rolldown.RolldownOutput];
  return output[0].code;
}
