import { createRouter, type RouterHistory } from "@tanstack/react-router";
import { PageError, PageMissing, PagePending } from "@/components/page-states";
import type { Deps } from "@/deps";
import { routeTree } from "@/routeTree.gen";

export function createAppRouter(deps: Deps, history?: RouterHistory) {
  return createRouter({
    routeTree,
    basepath: "/dashboard",
    history,
    context: { deps },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0, // Query decides what is fresh
    defaultPendingMs: 150,
    defaultPendingMinMs: 300,
    scrollRestoration: true,
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: PageMissing,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
