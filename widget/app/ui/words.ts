import { fill } from "../locales";
import type { Strings } from "../locales/en";
import type { Complaint } from "../state/thread";

/** A refusal or a failure as a plain sentence. */
export function sentenceFor(complaint: Complaint, t: Strings, now: number): string {
  const seconds = complaint.retryAt ? Math.ceil((complaint.retryAt - now) / 1000) : 0;
  switch (complaint.kind) {
    case "offline":
      return t.unreachable;
    case "rate-limited":
      return seconds > 0 ? fill(t.rateLimitedFor, { seconds }) : t.rateLimited;
    case "signed-out":
      return t.signedOut;
    case "too-large":
      return t.tooLarge;
    case "refused":
      return t.refusedTitle;
    case "misconfigured":
      return t.misconfigured;
    default:
      return t[complaint.kind];
  }
}
