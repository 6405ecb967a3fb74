import { createFileRoute, Outlet, redirect } from "@tanstack/react-router";
import { isStatus } from "@/api/problem";
import { AppShell } from "@/components/layout/app-shell";
import { meQuery } from "@/features/session/queries";

/** Everything behind the sign-in. */
export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ context: { deps }, location }) => {
    try {
      await deps.queries.ensureQueryData(meQuery(deps));
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      throw redirect({ to: "/sign-in", search: { next: location.publicHref } });
    }
  },
  component: Inside,
});

function Inside() {
  return (
    <AppShell>
      <Outlet />
    </AppShell>
  );
}
