import type { Permission } from "@/api/types";

interface Scope {
  scope: Permission;
  label: string;
}

/** What a secret key may be allowed to do, in the order in which people look for it. */
export const scopes: readonly Scope[] = [
  { scope: "chat", label: "Hold conversations on behalf of visitors" },
  { scope: "conversations:read", label: "Read every conversation" },
  { scope: "agents:read", label: "See agents" },
  { scope: "agents:write", label: "Change and publish agents" },
  { scope: "keys:read", label: "See keys" },
  { scope: "keys:write", label: "Make and revoke keys" },
  { scope: "provider:read", label: "See the model provider" },
  { scope: "provider:write", label: "Change the model provider" },
  { scope: "settings:read", label: "See the settings" },
  { scope: "settings:write", label: "Change the settings" },
  { scope: "budget:write", label: "Change budget and limits" },
  { scope: "usage:read", label: "See usage" },
  { scope: "conversations:reply", label: "Take conversations over and answer in them" },
  { scope: "approvals:decide", label: "Approve and deny what agents want to do" },
  { scope: "turns:trace", label: "See how answers came about, with prompts and cost" },
  { scope: "turns:export", label: "Export turns, with everything that was said" },
];
