import type { Problem } from "@/api/types";

/** What is known of a failure: a whole problem document, or less when none came. */
type Known = Partial<Problem>;

/** What the API answered instead of a result (RFC 9457), or that it could not be reached. */
export class ApiError extends Error {
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly problem: Known;

  constructor(status: number, problem: Known) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
  }

  /** The message about one field of the request's body ("draft.allowedOrigins"), if there is one. */
  fieldError(field: string): string | undefined {
    return this.errorAt(`body.${field}`);
  }

  /** The message about one place of the request ("path.name"), if there is one. */
  errorAt(location: string): string | undefined {
    return this.problem.errors?.find((error) => error.location === location)?.message;
  }
}

export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** Makes an ApiError of an answer that is not a success. */
export async function problemOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  return new ApiError(response.status, parseProblem(text, response));
}

function parseProblem(text: string, response: Response): Known {
  const requestId = response.headers.get("x-request-id") ?? undefined;
  try {
    return { requestId, ...JSON.parse(text) };
  } catch {
    // A proxy between us and the API answers in its own words.
    return {
      detail: `The server answered ${response.status} ${response.statusText}`.trim(),
      requestId,
    };
  }
}

/** The error for a request that got no answer at all. */
export function unreachable(): ApiError {
  return new ApiError(0, {
    title: "No connection",
    detail: "The server cannot be reached. Check your connection and try again.",
  });
}
