import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname } from "node:path";

const DIST = new URL("../../dist/", import.meta.url);
const TYPES: Record<string, string> = { ".js": "text/javascript", ".map": "application/json" };

/** What a request is answered with. */
export interface Handled {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export function problem(status: number, detail: string): Handled {
  return { status, body: { type: "about:blank", title: "Problem", status, detail, code: "test" } };
}

function cors(request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers;
  if (!origin) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-headers":
      "authorization, content-type, accept, idempotency-key, last-event-id",
    "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
    "access-control-expose-headers": "x-parley-turn-id, x-parley-steered, retry-after",
    "access-control-max-age": "600",
    vary: "origin",
  };
}

export function end(response: ServerResponse, request: IncomingMessage, handled: Handled): void {
  const type = { "content-type": "application/json" };
  response.writeHead(handled.status, { ...cors(request), ...type, ...handled.headers });
  response.end(handled.body === undefined ? undefined : JSON.stringify(handled.body));
}

export function openStream(
  response: ServerResponse,
  request: IncomingMessage,
  extra: Record<string, string>,
): void {
  response.writeHead(200, {
    ...cors(request),
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    ...extra,
  });
  response.write(": ping\n\n");
}

export async function serveAsset(path: string, response: ServerResponse): Promise<void> {
  const file = new URL(path.replace(/^\/(widget\/)?/, ""), DIST);
  const headers = {
    "content-type": TYPES[extname(file.pathname)] ?? "application/octet-stream",
    "access-control-allow-origin": "*",
  };
  response.writeHead(200, headers).end(await readFile(file));
}

export async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return JSON.parse(text) as Record<string, unknown>;
}
