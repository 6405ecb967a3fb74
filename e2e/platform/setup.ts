import { announce } from "./platform";
import { start } from "./start";

/** Playwright's global setup: the platform that the tests share, and how to end it. */
export default async function setup(): Promise<() => Promise<void>> {
  const { platform, stop } = await start("shared");
  announce(platform);
  return stop;
}
