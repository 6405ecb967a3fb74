import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where `npm run dev` finds a running API.
const api = process.env.PARLEY_API ?? "http://127.0.0.1:8080";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/dashboard/",
  plugins: [tanstackRouter(), react(), tailwindcss()],
  resolve: {
    alias: {
      "@": here("./src"),
      // Reading a stream and folding its chunks into a message: one rule, kept by the widget.
      "@parley/widget": here("../widget/app"),
    },
  },
  build: {
    target: "es2022",
    // The Content-Security-Policy admits this origin alone: no data: URLs for small assets.
    assetsInlineLimit: 0,
    // public/.gitkeep restores dist/.gitkeep, which lets Go embed the folder before a build.
    emptyOutDir: true,
    rolldownOptions: {
      output: {
        // What every page needs comes in one file each, and stays in the cache between releases.
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler|@tanstack)[\\/]/ },
            {
              name: "ui",
              test: /node_modules[\\/](radix-ui|@radix-ui|@floating-ui|tailwind-merge)[\\/]|src[\\/]components[\\/]/,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: { "/v1": api, "/widget.js": api, "/widget": api },
  },
  test: {
    // What needs a document says so in its first line: making one takes a second.
    environment: "node",
    setupFiles: ["./src/test/setup.ts"],
    testTimeout: 60_000,
  },
});
