import type { SessionGrant } from "../protocol";
import { asProblem, Problem, problemOf } from "./problem";
import type { Store } from "./storage";

export interface SessionOptions {
  apiUrl: string;
  agentId: string;
  publishableKey: string;
}

/**
 * Holds the visitor's short-lived token and renews it when the server no longer
 * takes it. However many requests notice at once, one renewal is made.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #store: Store;
  #grant: Promise<SessionGrant> | undefined;
  #token = "";
  #jwt: string | undefined;

  constructor(options: SessionOptions, store: Store) {
    this.#options = options;
    this.#store = store;
  }

  /** From now on the visitor is the one whom the site's own server vouches for. */
  identify(jwt: string): void {
    this.#jwt = jwt;
    this.#grant = undefined;
  }

  /** The running grant; the first call asks for it. */
  open(): Promise<SessionGrant> {
    this.#grant ??= this.#request().catch((error: unknown) => {
      this.#grant = undefined;
      throw asProblem(error);
    });
    return this.#grant;
  }

  /** A fetch of the API with the visitor's token; a stale token is renewed once. */
  async fetch(path: string, init: RequestInit): Promise<Response> {
    await this.open();
    const used = this.#token;
    const first = await this.#send(path, init);
    if (first.status !== 401) return first;
    await first.body?.cancel();
    await this.#renew(used);
    return this.#send(path, init);
  }

  #renew(stale: string): Promise<SessionGrant> {
    if (this.#token === stale) {
      this.#token = "";
      this.#grant = undefined;
    }
    return this.open();
  }

  #send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.#token}`);
    return fetch(this.#url(path), { ...init, headers, credentials: "omit" });
  }

  async #request(): Promise<SessionGrant> {
    const response = await this.#post().catch(() => this.#whySilent());
    if (!response.ok) throw snippetProblem(await problemOf(response), this.#jwt !== undefined);
    const grant = (await response.json()) as SessionGrant;
    this.#token = grant.token;
    // An identified visitor leaves nothing behind: the next person at this
    // browser must not be taken for them.
    if (grant.visitorSecret && !this.#jwt) this.#store.update({ secret: grant.visitorSecret });
    return grant;
  }

  #post(): Promise<Response> {
    const { agentId, publishableKey } = this.#options;
    const page = location.origin + location.pathname;
    const visitor = this.#jwt
      ? { visitorJwt: this.#jwt }
      : { visitorSecret: this.#store.read().secret };
    return fetch(this.#url("v1/widget/sessions"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ agentId, publishableKey, ...visitor, page }),
      credentials: "omit",
    });
  }

  /**
   * A browser hides from the page why a request failed. A server that can be
   * reached, but not asked, is one that does not let this page ask.
   */
  async #whySilent(): Promise<never> {
    await fetch(this.#url("widget.js"), { method: "HEAD", mode: "no-cors", cache: "no-store" });
    throw new Problem("refused");
  }

  #url(path: string): string {
    return new URL(path, this.#options.apiUrl).href;
  }
}

/** Opening a session fails for reasons that lie in the snippet, not in the visitor. */
function snippetProblem(problem: Problem, identified: boolean): Problem {
  const { kind, status, detail } = problem;
  if (identified && kind === "signed-out") return problem;
  const snippet = kind === "gone" || kind === "signed-out" || kind === "invalid";
  return snippet ? new Problem("misconfigured", status, detail) : problem;
}
