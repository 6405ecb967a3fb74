import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { ChevronsUpDown } from "lucide-react";
import { bodyOf } from "@/api/client";
import { Initial } from "@/components/ui/initial";
import { Menu, MenuLabel, MenuRadioGroup, MenuRadioItem } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { meQuery } from "@/features/session/queries";

/** The name of the tenant one works in, and the way to another for people with several. */
export function TenantSwitcher() {
  const deps = useDeps();
  const { data: me } = useSuspenseQuery(meQuery(deps));
  const switchTenant = useSwitchTenant();
  const current = (
    <>
      <Initial name={me.tenant.name} />
      <span className="sr-only">Workspace:</span>
      <span className="min-w-0 flex-1 truncate text-start font-medium">{me.tenant.name}</span>
    </>
  );
  if (me.memberships.length < 2) {
    return <div className="flex items-center gap-2.5 px-2 py-1.5">{current}</div>;
  }
  const trigger = (
    <button
      type="button"
      className="flex w-full items-center gap-2.5 rounded-control px-2 py-1.5 transition-colors hover:bg-sunken"
    >
      {current}
      <ChevronsUpDown className="size-4 shrink-0 text-faint" aria-hidden />
    </button>
  );
  return (
    <Menu trigger={trigger} align="start">
      <MenuLabel>Workspaces</MenuLabel>
      <MenuRadioGroup value={me.tenant.id} onValueChange={(id) => switchTenant.mutate(id)}>
        {me.memberships.map((membership) => (
          <MenuRadioItem key={membership.tenantId} value={membership.tenantId}>
            <Initial name={membership.name} />
            <span className="flex min-w-0 flex-col">
              <span className="max-w-48 truncate">{membership.name}</span>
              <span className="text-faint text-xs">{membership.role}</span>
            </span>
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
    </Menu>
  );
}

function useSwitchTenant() {
  const { api, queries } = useDeps();
  const router = useRouter();
  return useMutation({
    mutationFn: (tenantId: string) => bodyOf(api.POST("/v1/auth/switch", { body: { tenantId } })),
    onSuccess: async () => {
      // Nothing that was read as the other tenant may stay on the screen.
      await router.navigate({ to: "/" });
      queries.clear();
      await router.invalidate();
    },
    onError: (error) => toast(error.message, "danger"),
  });
}
