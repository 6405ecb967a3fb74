import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { freePorts } from "../platform/ports";

const START_LIMIT_MS = 30_000;

export interface McpServer {
  url: string;
  stop(): Promise<void>;
}

/** Starts the protocol's reference server, over streamable HTTP. */
export async function referenceServer(): Promise<McpServer> {
  const program = createRequire(import.meta.url).resolve(
    "@modelcontextprotocol/server-everything/dist/index.js",
  );
  const loopback = fileURLToPath(new URL("./loopback.mjs", import.meta.url));
  const [port] = await freePorts(1);
  const child = spawn(process.execPath, ["--import", loopback, program, "streamableHttp"], {
    env: { PATH: process.env.PATH, PORT: String(port) },
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}/mcp`;
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`the MCP server ended with ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error("the MCP server does not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    stop: async () => {
      if (child.exitCode === null && child.kill("SIGKILL")) await once(child, "exit");
    },
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true, // whatever it says of a request without a session
    () => false,
  );
}
