import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BINARY, inCheckout, type Platform } from "./platform";
import { freePorts } from "./ports";

const START_LIMIT_MS = 180_000;
const POLL_MS = 100;

export interface Started {
  platform: Platform;
  /** Ends everything and removes its data. */
  stop(): Promise<void>;
}

/** Starts `parley up` with data of its own. What it says goes to a log of that name. */
export async function start(name: string): Promise<Started> {
  const home = await mkdtemp(join(tmpdir(), "parley-e2e-"));
  const settings = await settingsFor(home);
  const log = inCheckout(`test-results/platform-${name}.log`);
  await mkdir(dirname(log), { recursive: true });
  const output = openSync(log, "w");
  // Should the tests be killed, the platform goes down as well.
  const child = spawn("setpriv", ["--pdeathsig", "TERM", BINARY, "up"], {
    env: { ...bareEnvironment(), ...settings },
    stdio: ["ignore", output, output],
  });
  const stop = () => stopAndForget(child, home);
  try {
    await untilServing(child, settings.PARLEY_PUBLIC_URL);
    return { platform: await describe(home, settings), stop };
  } catch (error) {
    const said = await readFile(log, "utf8");
    await stop();
    throw new Error(`\`parley up\` does not run; it said (${log}):\n${said.slice(-4000)}`, {
      cause: error,
    });
  }
}

type Settings = Awaited<ReturnType<typeof settingsFor>>;

async function settingsFor(home: string) {
  const [api, demo, temporal, web, simulator, metrics] = await freePorts(6);
  return {
    PARLEY_HOME: home,
    PARLEY_LISTEN: `127.0.0.1:${api}`,
    PARLEY_PUBLIC_URL: `http://localhost:${api}`,
    PARLEY_DEMO_LISTEN: `127.0.0.1:${demo}`,
    PARLEY_TEMPORAL_PORT: String(temporal),
    PARLEY_TEMPORAL_WEB_PORT: String(web),
    PARLEY_SIMULATOR_LISTEN: `127.0.0.1:${simulator}`,
    PARLEY_METRICS_LISTEN: `127.0.0.1:${metrics}`,
    // Every visitor and every member of staff of these tests has the same address.
    PARLEY_LIMIT_ADDRESS: "100000",
    PARLEY_LIMIT_SESSION: "10000",
    PARLEY_LIMIT_SIGN_IN_ADDRESS: "10000",
    // The tools of these tests are servers on this machine.
    PARLEY_TOOL_NETWORKS: "127.0.0.0/8,::1/128",
  };
}

/** The environment without anything that would lead Parley to another database, engine or model. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(PARLEY_|TEMPORAL_|OPENAI_|DATABASE_URL$)/;
  const kept = (name: string) => name === "PARLEY_TEMPORAL_BINARY" || !foreign.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept(name)));
}

async function untilServing(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(`${url}/readyz`))) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error("it took too long");
    await delay(POLL_MS);
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Gathers what tests need from demo.json, which `parley up` has written by now. */
async function describe(home: string, settings: Settings): Promise<Platform> {
  const demo = JSON.parse(await readFile(join(home, "demo.json"), "utf8"));
  return {
    home,
    apiUrl: demo.api_url,
    demoPageUrl: demo.demo_page_url,
    temporalUiUrl: demo.temporal_ui_url,
    simulatorUrl: `http://${settings.PARLEY_SIMULATOR_LISTEN}`,
  };
}

async function stopAndForget(child: ChildProcess, home: string): Promise<void> {
  if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
  // As root, Postgres has its data elsewhere and only a link in here.
  const data = await realpath(join(home, "postgres")).catch(() => home);
  await rm(data, { recursive: true, force: true });
  await rm(home, { recursive: true, force: true });
}
