import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { platform } from "../platform/platform";
import { type Agent, bodyOf, type Workspace } from "./workspace";

const run = promisify(execFile);

/** A tool that Parley does itself. */
export const calculator = {
  name: "calculate",
  title: "Calculator",
  description: "Calculates exactly.",
  kind: "builtin",
  class: "read",
  inputSchema: { type: "object", properties: { expression: { type: "string" } } },
  policy: { default: "allow" },
};

/** Gives the agent the tools, and publishes it. The API does not take tools: they go into the draft itself. */
export async function giveTools(
  { api }: Workspace,
  { id }: Agent,
  tools: (typeof calculator)[],
): Promise<void> {
  const list = JSON.stringify(tools).replaceAll("'", "''");
  await sql(`UPDATE agents SET draft = draft || '{"tools": ${list}}', draft_revision = draft_revision + 1
             WHERE id = '${id}'`);
  const params = { path: { id } };
  const { revision } = bodyOf(await api.GET("/v1/agents/{id}", { params }));
  bodyOf(await api.POST("/v1/agents/{id}/publish", { params, body: { revision } }));
}

/** Runs a statement in the platform's own database, which is reached by its socket alone. */
async function sql(statement: string): Promise<void> {
  const hash = createHash("sha256")
    .update(join(platform().home, "postgres"))
    .digest("hex")
    .slice(0, 12);
  const bases = ["/run", process.env.XDG_RUNTIME_DIR ?? "/tmp", tmpdir(), "/tmp"];
  const sockets = bases.map((base) => join(base, `parley-${hash}`));
  const socket = sockets.find((folder) => existsSync(join(folder, ".s.PGSQL.5432")));
  if (!socket) throw new Error("the platform's database has no socket");
  await run("psql", [
    "-qX",
    "-v",
    "ON_ERROR_STOP=1",
    "-h",
    socket,
    "-U",
    "parley",
    "-d",
    "parley",
    "-c",
    statement,
  ]);
}

/** A question for which the model calls tools, and then gives the answer. */
export async function toolQuestion(
  mark: string,
  calls: { name: string; arguments: unknown }[],
  answer: string,
): Promise<string> {
  const match = { text: mark, endpoint: "responses" };
  for (const script of [
    { match, calls },
    { match, afterTools: true, text: answer },
  ]) {
    const response = await fetch(`${platform().simulatorUrl}/_scripts`, {
      method: "POST",
      body: JSON.stringify(script),
    });
    if (!response.ok) throw new Error(`the simulator refused: ${await response.text()}`);
  }
  return mark;
}
