import createClient, { type Client } from "openapi-fetch";
import { problemOf, unreachable } from "@/api/problem";
import type { paths } from "@/api/schema.gen";

export type Api = Client<paths>;

/** A typed client of the API; the session cookie goes along by itself. */
export function createApi(baseUrl: string): Api {
  const api = createClient<paths>({ baseUrl, fetch: (request) => globalThis.fetch(request) });
  api.use({
    onResponse: async ({ response }) => {
      if (!response.ok) throw await problemOf(response);
    },
    onError: ({ error }) => (error instanceof DOMException ? undefined : unreachable()),
  });
  return api;
}

/** The body of an answer. A failed request has thrown an ApiError before. */
export async function bodyOf<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T;
}
