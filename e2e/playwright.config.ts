import { defineConfig } from "@playwright/test";
import { chromium } from "./support/chromium";

/**
 * One platform for the whole run, a tenant and a customer's site for each test.
 * Deadlines are generous: a busy machine is no failure.
 */
export default defineConfig({
  testDir: "tests",
  outputDir: "../test-results/browser",
  globalSetup: "./platform/setup.ts",
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    launchOptions: chromium(),
    screenshot: "only-on-failure",
    actionTimeout: 30_000,
    navigationTimeout: 45_000,
    locale: "en-GB",
  },
});
