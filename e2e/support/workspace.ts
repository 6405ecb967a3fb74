import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import createClient from "openapi-fetch";
import type { components, paths } from "../../dashboard/src/api/schema.gen";
import { BINARY, platform } from "../platform/platform";

type Schemas = components["schemas"];
export type AgentConfig = Schemas["AgentConfigInput"];
export type Tool = Schemas["Tool"];
export type Message = Schemas["Message"];

const run = promisify(execFile);

export interface Account {
  email: string;
  password: string;
}

/** A tenant made for one test, and its owner. */
export interface Workspace extends Account {
  name: string;
  slug: string;
  /** The owner's session, as the value of the cookie. */
  session: string;
  /** The API with that session. */
  api: Api;
}

export type Api = ReturnType<typeof apiWith>;

/** A published agent and the key that a page needs to show it. */
export interface Agent {
  id: string;
  publishableKey: string;
}

/** Makes a tenant in the only way there is before anybody can sign in: on the machine itself. */
export async function createWorkspace({ operator = false } = {}): Promise<Workspace> {
  const mark = randomUUID().slice(0, 8);
  const [name, email] = [`Studio ${mark}`, `owner-${mark}@studio.example`];
  const extra = operator ? ["--operator"] : [];
  const password = await command("create", "--email", email, "--name", name, ...extra);
  const session = await signIn({ email, password });
  return { name, slug: `studio-${mark}`, email, password, session, api: apiWith(session) };
}

/** Lets one more person work in a tenant. */
export async function addMember(
  { slug }: Workspace,
  role: "admin" | "agent" | "viewer",
): Promise<Account> {
  const email = `${role}-${randomUUID().slice(0, 8)}@studio.example`;
  const who = ["--tenant", slug, "--email", email, "--role", role];
  return { email, password: await command("add-member", ...who) };
}

/** Runs `parley tenant …` beside the platform, and gives the password that it prints. */
async function command(...words: string[]): Promise<string> {
  const env = { ...process.env, PARLEY_HOME: platform().home };
  const { stdout } = await run(BINARY, ["tenant", ...words], { env });
  const password = /^password +(\S+)$/m.exec(stdout)?.[1];
  if (!password) throw new Error(`there is no password in: ${stdout}`);
  return password;
}

/** Opens a session and gives the value of its cookie. */
export async function signIn({ email, password }: Account): Promise<string> {
  const response = await fetch(`${platform().apiUrl}/v1/auth/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  const cookie = /parley_session=([^;]+)/.exec(response.headers.get("set-cookie") ?? "")?.[1];
  if (!cookie) throw new Error(`signing in gave ${response.status}: ${await response.text()}`);
  return cookie;
}

function apiWith(session: string) {
  const headers = { cookie: `parley_session=${session}` };
  return createClient<paths>({ baseUrl: platform().apiUrl, headers });
}

/** What an answer of the API holds; an error answer ends the test. */
export function bodyOf<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(`the API refused: ${JSON.stringify(error)}`);
  return data;
}

/** Makes an agent that pages of those origins may show, and publishes it. */
export async function publishAgent(
  { api }: Workspace,
  origins: string[],
  config: AgentConfig = {},
): Promise<Agent> {
  const draft = { instructions: "You are Wren, the assistant of a pottery.", ...config };
  const body = { name: "Wren", config: { ...draft, allowedOrigins: origins } };
  const { id, revision } = bodyOf(await api.POST("/v1/agents", { body }));
  bodyOf(
    await api.POST("/v1/agents/{id}/publish", { params: { path: { id } }, body: { revision } }),
  );
  return { id, publishableKey: await createPublishableKey(api) };
}

/** Changes what visitors meet. */
export async function republish(
  { workspace: { api }, agent }: { workspace: Workspace; agent: Agent },
  change: Partial<AgentConfig>,
): Promise<void> {
  const params = { path: { id: agent.id } };
  const { draft, revision } = bodyOf(await api.GET("/v1/agents/{id}", { params }));
  const body = { draft: { ...draft, ...change }, revision };
  const changed = bodyOf(await api.PATCH("/v1/agents/{id}", { params, body }));
  const { revision: now } = changed;
  bodyOf(await api.POST("/v1/agents/{id}/publish", { params, body: { revision: now } }));
}

async function createPublishableKey(api: Api): Promise<string> {
  const body = { kind: "publishable", name: "Website" } as const;
  return bodyOf(await api.POST("/v1/keys", { body })).key;
}

/** The messages of the workspace's only conversation, oldest first, as staff read them. */
export async function storedMessages({ api }: Workspace): Promise<Message[]> {
  const { items } = bodyOf(await api.GET("/v1/admin/conversations"));
  const [conversation, ...others] = items;
  if (!conversation || others.length > 0) throw new Error(`${items.length} conversations, not one`);
  return messagesOf(api, conversation.id);
}

export async function messagesOf(api: Api, conversationId: string): Promise<Message[]> {
  const params = { path: { id: conversationId }, query: { order: "asc", limit: 100 } } as const;
  return bodyOf(await api.GET("/v1/admin/conversations/{id}/messages", { params })).items;
}

/** The text of a stored message. */
export function textOf({ parts }: Message): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
