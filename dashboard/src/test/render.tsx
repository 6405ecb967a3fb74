import { QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { cleanup, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactNode, Suspense } from "react";
import { onTestFinished } from "vitest";
import { Toaster } from "@/components/ui/toast";
import { TooltipProvider } from "@/components/ui/tooltip";
import { type Deps, DepsProvider } from "@/deps";

/** Renders what a page would contain, with a router whose only page it is. */
export function renderPage(deps: Deps, page: ReactNode) {
  const routeTree = createRootRoute({
    component: () => (
      <Suspense fallback="Loading">
        {page}
        <Toaster />
      </Suspense>
    ),
  });
  const router = createRouter({ routeTree, history: createMemoryHistory() });
  onTestFinished(cleanup);
  render(
    <DepsProvider value={deps}>
      <QueryClientProvider client={deps.queries}>
        <TooltipProvider>
          <RouterProvider router={router} />
        </TooltipProvider>
      </QueryClientProvider>
    </DepsProvider>,
  );
  return userEvent.setup();
}
