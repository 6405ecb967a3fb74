import type { McpServer, McpServerInput } from "@/api/types";
import type { Key } from "@/features/mcp/queries";

export type SignIn = "none" | "token" | "oauth";

/** A server as its dialog holds it. Keys are written once, and never read back. */
export interface ServerForm {
  name: string;
  url: string;
  signIn: SignIn;
  token: string;
  clientId: string;
  clientSecret: string;
  issuer: string;
  /** What the server had before: headers that the dialog does not show stay. */
  before?: McpServer;
}

export function serverFormOf(server?: McpServer): ServerForm {
  return {
    name: server?.name ?? "",
    url: server?.url ?? "",
    signIn: signInOf(server),
    token: "",
    clientId: server?.oauth?.clientId ?? "",
    clientSecret: "",
    issuer: server?.oauth?.issuer ?? "",
    before: server,
  };
}

function signInOf(server?: McpServer): SignIn {
  if (server?.oauth) return "oauth";
  return server?.headers?.Authorization ? "token" : "none";
}

/** Why the form cannot be sent yet. */
export function missingIn(form: ServerForm): string | undefined {
  if (!form.name.trim() || !form.url.trim()) return "Write a name and an address.";
  const kept = form.before && signInOf(form.before) === form.signIn;
  if (form.signIn === "token" && !form.token && !kept) return "Write the token.";
  if (form.signIn === "oauth" && !form.clientId.trim()) return "Write the client's id.";
  if (form.signIn === "oauth" && !form.clientSecret && !kept) return "Write the client's secret.";
  return undefined;
}

/** What is sent: the server, and its key apart, which becomes a secret. */
export function requestOf(form: ServerForm): { id?: string; input: McpServerInput; key?: Key } {
  const { Authorization: before, ...others } = form.before?.headers ?? {};
  const headers = { ...others, ...authorization(form, before) };
  const input: McpServerInput = { name: form.name.trim(), url: form.url.trim() };
  if (Object.keys(headers).length > 0) input.headers = headers;
  if (form.signIn === "oauth") {
    const secret = form.clientSecret
      ? secretName(form.name, "CLIENT_SECRET")
      : (form.before?.oauth?.secret ?? "");
    const issuer = form.issuer.trim();
    input.oauth = { clientId: form.clientId.trim(), secret, ...(issuer && { issuer }) };
  }
  return { id: form.before?.id, input, key: keyOf(form) };
}

function authorization(form: ServerForm, before?: string): Record<string, string> {
  if (form.signIn !== "token") return {};
  if (!form.token) return before ? { Authorization: before } : {};
  return { Authorization: `Bearer {{secrets.${secretName(form.name, "TOKEN")}}}` };
}

function keyOf(form: ServerForm): Key | undefined {
  if (form.signIn === "token" && form.token) {
    return { name: secretName(form.name, "TOKEN"), value: form.token.trim() };
  }
  if (form.signIn === "oauth" && form.clientSecret) {
    return { name: secretName(form.name, "CLIENT_SECRET"), value: form.clientSecret.trim() };
  }
  return undefined;
}

/** The name of the secret that holds a server's key, such as MCP_SHOP_TOKEN. */
function secretName(server: string, what: string): string {
  const words = server
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return `MCP_${(words || "SERVER").slice(0, 40)}_${what}`;
}
