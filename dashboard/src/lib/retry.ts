import { ApiError } from "@/api/problem";

/** Reading again helps when the network or the server stumbled, never when we were refused. */
export function shouldRetry(failures: number, error: unknown): boolean {
  const passing = error instanceof ApiError && (error.status === 0 || error.status >= 500);
  return passing && failures < 2;
}
