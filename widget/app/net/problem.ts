import { isRecord } from "../protocol";

/** What went wrong, in the few kinds that a visitor can act on. */
export type ProblemKind =
  | "offline" // no network, or the server cannot be reached
  | "refused" // this page may not show the widget
  | "misconfigured" // the key or the agent of the snippet is wrong
  | "signed-out" // the visitor's own credential is no longer accepted
  | "rate-limited"
  | "budget"
  | "too-large"
  | "gone"
  | "invalid"
  | "server";

export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    readonly status = 0,
    readonly detail = "",
    /** Seconds until another try makes sense; 0 when the server did not say. */
    readonly retryAfter = 0,
  ) {
    super(`${kind}${detail && `: ${detail}`}`);
    this.name = "Problem";
  }

  /** Whether the same request may succeed later without anybody changing it. */
  get passing(): boolean {
    return this.kind === "offline" || this.kind === "server";
  }
}

const kinds: Record<number, ProblemKind> = {
  401: "signed-out",
  402: "budget",
  403: "refused",
  404: "gone",
  410: "gone",
  408: "server",
  413: "too-large",
  425: "server",
  429: "rate-limited",
};

function kindOf(status: number): ProblemKind {
  return kinds[status] ?? (status >= 500 ? "server" : "invalid");
}

/** Turns an error answer (RFC 9457, or anything a proxy in between made) into a Problem. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => undefined);
  const detail = isRecord(body) && typeof body.detail === "string" ? body.detail : "";
  const seconds = Number(response.headers.get("retry-after"));
  const wait = Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
  return new Problem(kindOf(response.status), response.status, detail, wait);
}

/** Any thrown value as a Problem: what fetch throws means that nothing was reached. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem("offline");
}
