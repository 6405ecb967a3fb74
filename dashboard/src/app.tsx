import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type RouterHistory, RouterProvider } from "@tanstack/react-router";
import { createApi } from "@/api/client";
import { isStatus } from "@/api/problem";
import { TooltipProvider } from "@/components/ui/tooltip";
import { type Deps, DepsProvider } from "@/deps";
import { meKey } from "@/features/session/queries";
import { shouldRetry } from "@/lib/retry";
import { createAppRouter } from "@/router";

export interface AppOptions {
  /** The API's origin. */
  baseUrl: string;
  /** Where the address comes from; the browser's own when absent. */
  history?: RouterHistory;
}

/** Puts the application together: the API's client, the cache, the router. */
export function createApp({ baseUrl, history }: AppOptions) {
  const queries: QueryClient = newQueryClient(() => {
    // The session has ended elsewhere: the guard asks again and sends the person to sign in.
    queries.removeQueries({ queryKey: meKey });
    void router.invalidate();
  });
  const deps: Deps = { api: createApi(baseUrl), queries, baseUrl };
  const router = createAppRouter(deps, history);
  const app = (
    <DepsProvider value={deps}>
      <QueryClientProvider client={queries}>
        <TooltipProvider delayDuration={300}>
          <RouterProvider router={router} />
        </TooltipProvider>
      </QueryClientProvider>
    </DepsProvider>
  );
  return { app, router };
}

function newQueryClient(onSignedOut: () => void): QueryClient {
  const check = (error: unknown) => {
    if (isStatus(error, 401)) onSignedOut();
  };
  return new QueryClient({
    defaultOptions: { queries: { retry: shouldRetry, staleTime: 5_000 } },
    queryCache: new QueryCache({
      onError: (error, { queryKey }) => {
        // The guard's own question must not start it anew.
        if (queryKey[0] !== meKey[0]) check(error);
      },
    }),
    mutationCache: new MutationCache({ onError: check }),
  });
}
