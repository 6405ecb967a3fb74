import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The variable that carries the Platform from the global setup to the workers. */
const ENVIRONMENT = "PARLEY_E2E_PLATFORM";

export const inCheckout = (path: string) =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const BINARY = inCheckout("bin/parley");

/** Where the parts of the running platform are reached. */
export interface Platform {
  home: string;
  apiUrl: string;
  demoPageUrl: string;
  temporalUiUrl: string;
  simulatorUrl: string;
}

/** The parts that `parley up` keeps running. */
export type Part = "postgres" | "temporal" | "serve";

/** Makes a platform the one that this process and its children test. */
export function announce(platform: Platform): void {
  process.env[ENVIRONMENT] = JSON.stringify(platform);
}

export function platform(): Platform {
  const described = process.env[ENVIRONMENT];
  if (!described) throw new Error("No platform runs: start the tests with `npm run e2e`.");
  return JSON.parse(described) as Platform;
}

/** The process that runs a part now, as `parley up` has written it down. */
export async function pidOf(part: Part): Promise<number> {
  const record = await readFile(join(platform().home, "run", `${part}.json`), "utf8");
  return (JSON.parse(record) as { pid: number }).pid;
}
