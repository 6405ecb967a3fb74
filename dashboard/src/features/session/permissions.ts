import { useSuspenseQuery } from "@tanstack/react-query";
import type { Identity, Permission } from "@/api/types";
import { useDeps } from "@/deps";
import { meQuery } from "@/features/session/queries";

const words: Partial<Record<Permission, string>> = {
  "agents:write": "change agents",
  "conversations:reply": "answer visitors",
  "keys:read": "see API keys",
  "keys:write": "make or revoke API keys",
  "provider:read": "see the model provider",
  "provider:write": "change the model provider",
  "settings:write": "change the settings",
  "budget:write": "change budgets and limits",
};

/** Why the person may not do that, in words; undefined when they may. The server has the last say. */
export function refusal(
  me: Pick<Identity, "role" | "permissions">,
  permission: Permission,
): string | undefined {
  if (me.permissions.includes(permission)) return undefined;
  const asker = permission === "budget:write" ? "an owner" : "an owner or an admin";
  return `Your role here, ${me.role}, may not ${words[permission] ?? "do this"}. Ask ${asker}.`;
}

/** The refusal for the person who is signed in. */
export function useRefusal(permission: Permission): string | undefined {
  const { data: me } = useSuspenseQuery(meQuery(useDeps()));
  return refusal(me, permission);
}
