import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

/** Takes the pictures of the README: `npm run shots -w @parley/e2e`. */
export default defineConfig(tests, { testDir: "shots", testMatch: "*.shot.ts", workers: 1 });
