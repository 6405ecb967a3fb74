import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { platform } from "../platform/platform";
import type { Agent } from "./workspace";

interface Page {
  html: string;
  headers: Record<string, string>;
}

/** A customer's web site: an origin of its own that knows nothing but its snippet. */
export class Site {
  /** What browsers have reported to /reports, where strict pages send violations. */
  readonly reports: unknown[] = [];
  readonly #pages = new Map<string, Page>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<Site> {
    const site = new Site();
    await new Promise<void>((resolve) => site.#server.listen(0, "127.0.0.1", resolve));
    return site;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Puts a page onto the site and gives its address. */
  publish(path: string, html: string, headers: Record<string, string> = {}): string {
    this.#pages.set(path, { html, headers });
    return this.origin + path;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", this.origin);
    if (pathname === "/reports") {
      this.reports.push(await readJson(request));
      response.writeHead(204).end();
      return;
    }
    const page = this.#pages.get(pathname);
    if (!page) {
      response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers });
    response.end(page.html);
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const piece of request) text += piece;
  return JSON.parse(text);
}

/** The tag that shows an agent, with more attributes where a page wants them. */
export function snippet(agent: Agent, attributes: Record<string, string> = {}): string {
  const all = { "data-agent": agent.id, "data-key": agent.publishableKey, ...attributes };
  const written = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
  return `<script src="${platform().apiUrl}/widget.js" ${written.join(" ")} async></script>`;
}

/** A small page of a pottery, long enough to scroll. */
export function page(body: string, lang = "en"): string {
  const paragraphs = "<p>Each pot is thrown by hand, dried for a week and fired twice.</p>".repeat(
    40,
  );
  return `<!doctype html>
<html lang="${lang}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Wren Pottery</title>
  </head>
  <body>
    <header>Wren Pottery</header>
    <main><h1>Pots for daily use</h1>${paragraphs}</main>
    <footer>12 Kiln Lane</footer>
    ${body}
  </body>
</html>`;
}
