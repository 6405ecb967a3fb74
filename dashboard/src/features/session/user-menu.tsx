import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { ChevronsUpDown, LogOut, Monitor, Moon, Sun } from "lucide-react";
import { Initial } from "@/components/ui/initial";
import {
  Menu,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
} from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { meQuery } from "@/features/session/queries";
import { setTheme, type Theme, useTheme } from "@/lib/theme";

/** The signed-in person: the theme and the way out. */
export function UserMenu() {
  const { data: me } = useSuspenseQuery(meQuery(useDeps()));
  const theme = useTheme();
  const signOut = useSignOut();
  const name = me.user.name || me.user.email;
  const trigger = (
    <button
      type="button"
      className="flex w-full items-center gap-2.5 rounded-control px-2 py-1.5 transition-colors hover:bg-sunken"
    >
      <Initial name={name} round />
      <span className="sr-only">Account:</span>
      <span className="flex min-w-0 flex-1 flex-col text-start">
        <span className="truncate font-medium leading-tight">{name}</span>
        <span className="truncate text-faint text-xs">{me.role}</span>
      </span>
      <ChevronsUpDown className="size-4 shrink-0 text-faint" aria-hidden />
    </button>
  );
  return (
    <Menu trigger={trigger} align="start" side="top">
      <MenuLabel className="max-w-56 truncate">{me.user.email}</MenuLabel>
      <MenuSeparator />
      <MenuLabel>Theme</MenuLabel>
      <MenuRadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
        <MenuRadioItem value="light">
          <Sun aria-hidden /> Light
        </MenuRadioItem>
        <MenuRadioItem value="dark">
          <Moon aria-hidden /> Dark
        </MenuRadioItem>
        <MenuRadioItem value="system">
          <Monitor aria-hidden /> As the system
        </MenuRadioItem>
      </MenuRadioGroup>
      <MenuSeparator />
      <MenuItem onSelect={() => signOut.mutate()}>
        <LogOut aria-hidden /> Sign out
      </MenuItem>
    </Menu>
  );
}

function useSignOut() {
  const { api, queries } = useDeps();
  const router = useRouter();
  return useMutation({
    mutationFn: () => api.POST("/v1/auth/sign-out"),
    onSuccess: async () => {
      await router.navigate({ to: "/sign-in" });
      queries.clear();
    },
    onError: (error) => toast(error.message, "danger"),
  });
}
