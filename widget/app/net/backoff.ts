const FIRST_MS = 250;
const CEILING_MS = 8_000;

/** The wait before try number `attempt` (from 0): doubling, with jitter so that many tabs spread. */
export function backoffMs(attempt: number, random = Math.random): number {
  const span = Math.min(CEILING_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return span / 2 + (span / 2) * random();
}

/**
 * Waits, but not longer than until the browser says it is online again or the
 * page becomes visible: both are better news than any timer.
 */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      document.removeEventListener("visibilitychange", onVisible);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const onVisible = () => document.visibilityState === "visible" && done();
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    document.addEventListener("visibilitychange", onVisible);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
