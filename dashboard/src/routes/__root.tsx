import { createRootRouteWithContext, HeadContent, Outlet } from "@tanstack/react-router";
import { Toaster } from "@/components/ui/toast";
import type { Deps } from "@/deps";

export const Route = createRootRouteWithContext<{ deps: Deps }>()({
  head: () => ({ meta: [{ title: "Parley" }] }),
  component: Root,
});

function Root() {
  return (
    <>
      <HeadContent />
      <Outlet />
      <Toaster />
    </>
  );
}
