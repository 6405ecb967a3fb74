import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { QueryClient } from "@tanstack/react-query";
import { onTestFinished } from "vitest";
import { createApi } from "@/api/client";
import type { Deps } from "@/deps";

type Reply = (request: TestRequest, response: ServerResponse) => unknown;

/** What came over the wire. */
export interface TestRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export interface TestServer {
  url: string;
  deps: Deps;
  requests: TestRequest[];
}

/**
 * A real HTTP server for one test. A reply that is an object is sent as JSON; one that writes to the
 * response itself gives nothing back.
 */
export async function serve(routes: Record<string, Reply>): Promise<TestServer> {
  const requests: TestRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming);
    requests.push(request);
    const reply = routes[`${request.method} ${request.path}`];
    if (!reply) return problem(response, 404, "There is no such thing.");
    const body = reply(request, response);
    if (body !== undefined) json(response, 200, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return { url, requests, deps: { api: createApi(url), queries, baseUrl: url } };
}

async function read(incoming: IncomingMessage): Promise<TestRequest> {
  let text = "";
  for await (const piece of incoming) text += String(piece);
  const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://test");
  const { method = "GET", headers } = incoming;
  return {
    method,
    path: pathname,
    query: searchParams,
    headers,
    body: text ? JSON.parse(text) : undefined,
  };
}

function json(response: ServerResponse, status: number, body: unknown) {
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

/** Refuses a request as the API does. */
export function problem(
  response: ServerResponse,
  status: number,
  detail: string,
  field?: string,
): undefined {
  const errors = field && [{ location: field, message: detail }];
  json(response, status, { status, title: "Refused", detail, errors, requestId: "request-1" });
}
