import { backoffMs, pause } from "./backoff";
import { asProblem, Problem } from "./problem";
import { type Frame, FrameDecoder } from "./sse";

/** Longer than two of the server's heartbeats: such a silence is a dead connection. */
export const SILENCE_MS = 25_000;

export interface FollowPlan {
  /** Opens the stream from where the reader stands now; throws a Problem. */
  connect(signal: AbortSignal): Promise<Response>;
  /** Takes the frames of one network read; true ends the following. */
  frames(frames: Frame[]): boolean;
  /** Told when the line is lost, and when it is back. */
  link(live: boolean): void;
  silenceMs?: number;
}

/**
 * Reads a resumable stream to its end through any number of broken connections.
 * Resolves when `frames` says so or the signal aborts; rejects with the Problem
 * of a refusal that trying again cannot change.
 */
export async function follow(plan: FollowPlan, signal: AbortSignal): Promise<void> {
  let attempt = 0;
  const heard = () => {
    attempt = 0;
  };
  while (!signal.aborted) {
    const how = await readOnce(plan, signal, heard).catch((error) => excuse(error, signal));
    if (how === "end" || signal.aborted) return;
    // A server that stops ends its connections in good order, and another one is
    // there: nobody needs to be told.
    if (how !== "cut" || attempt > 0) plan.link(false);
    await pause(backoffMs(attempt++), signal);
  }
}

/** Waits for as long as a refusal asks for; throws what trying again cannot change. */
async function excuse(error: unknown, signal: AbortSignal): Promise<"refused"> {
  const problem = asProblem(error);
  if (!signal.aborted && !problem.passing && problem.kind !== "rate-limited") throw problem;
  if (problem.retryAfter > 0) await pause(problem.retryAfter * 1000, signal);
  return "refused";
}

async function readOnce(
  plan: FollowPlan,
  signal: AbortSignal,
  onFrames: () => void,
): Promise<"end" | "cut" | "silent"> {
  const connection = new AbortController();
  const hangUp = () => connection.abort();
  signal.addEventListener("abort", hangUp);
  const watchdog = new Watchdog(plan.silenceMs ?? SILENCE_MS, hangUp);
  try {
    const response = await plan.connect(connection.signal);
    if (!response.body) throw new Problem("server");
    plan.link(true);
    const reader = response.body.getReader();
    // Also ends a stream whose request was made without our signal.
    connection.signal.addEventListener("abort", () => reader.cancel().catch(() => {}));
    const heard = await drain(reader, plan, () => {
      watchdog.feed();
      onFrames();
    });
    return heard === "cut" && connection.signal.aborted ? "silent" : heard;
  } finally {
    watchdog.stop();
    signal.removeEventListener("abort", hangUp);
    connection.abort();
  }
}

async function drain(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  plan: FollowPlan,
  heard: () => void,
): Promise<"end" | "cut"> {
  const decoder = new FrameDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return "cut";
    heard();
    const frames = decoder.push(value);
    if (frames.length > 0 && plan.frames(frames)) return "end";
  }
}

class Watchdog {
  #timer: ReturnType<typeof setTimeout>;

  readonly #ms: number;
  readonly #bark: () => void;

  constructor(ms: number, bark: () => void) {
    this.#ms = ms;
    this.#bark = bark;
    this.#timer = setTimeout(bark, ms);
  }

  feed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#bark, this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
