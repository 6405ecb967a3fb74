import type { Api } from "../net/api";
import type { Problem } from "../net/problem";
import type { Role } from "../protocol";
import type { StateStore } from "../state/store";
import type { Complaint } from "../state/thread";

/** What the page is told about the chat. */
export interface ChatEvents {
  message: { id?: string; role: Role; text: string; conversationId: string };
  error: { code: string; message: string };
}

export type Emit = <E extends keyof ChatEvents>(event: E, detail: ChatEvents[E]) => void;

/** What the parts of the chat share. */
export interface Context {
  store: StateStore;
  api: Api;
  emit: Emit;
}

export function complaintOf(problem: Problem, now = Date.now()): Complaint {
  const { kind, retryAfter, detail } = problem;
  return {
    kind,
    ...(retryAfter > 0 ? { retryAt: now + retryAfter * 1000 } : {}),
    ...(detail ? { detail } : {}),
  };
}

export function report(emit: Emit, problem: Problem): void {
  emit("error", { code: problem.kind, message: problem.detail || problem.message });
}
