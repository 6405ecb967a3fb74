import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Page {
  html: string;
  headers?: Record<string, string>;
}

/** A customer's web site: pages by their path, on an origin of its own. */
export class Site {
  readonly pages = new Map<string, Page>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const [path = "/"] = (request.url ?? "/").split("?");
      const page = this.pages.get(path);
      const type = path.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8";
      response.writeHead(page ? 200 : 404, { "content-type": type, ...page?.headers });
      response.end(page?.html ?? "");
    });
  }

  static async start(): Promise<Site> {
    const site = new Site();
    await new Promise<void>((resolve) => site.#server.listen(0, "127.0.0.1", resolve));
    return site;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A plain page with the widget's tag. */
export function pageWith(tag: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A customer's page</title>${head}</head>
<body><main><h1>A customer's page</h1><p>Some words.</p><button>Buy</button></main>
${tag}</body></html>`;
}

/** The tag that a customer copies from the dashboard. */
export function snippet(apiUrl: string, attributes = ""): string {
  return `<script src="${apiUrl}/widget.js" data-agent="agent-1" data-key="pk_test" ${attributes} async></script>`;
}
