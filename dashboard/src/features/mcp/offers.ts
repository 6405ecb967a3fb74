import type { McpOffer, McpServer, Tool } from "@/api/types";
import { isSame } from "@/features/approvals/words";

const longestName = 64;
const longestTitle = 80;

/** The tool of an agent that an offer becomes: what may change something asks people first. */
export function toolOfOffer(server: McpServer, offer: McpOffer, tools: Tool[]): Tool {
  return {
    name: freeName(server, offer, tools),
    title: offer.title?.slice(0, longestTitle) || undefined,
    description: describe(offer),
    kind: "mcp",
    class: offer.class,
    inputSchema: offer.inputSchema,
    policy: { default: offer.class === "read" ? "allow" : "ask_staff" },
    mcp: { serverId: server.id, name: offer.name },
  };
}

function describe({ description, title, name }: McpOffer): string {
  return description?.trim() || title || name;
}

/** A name that the model can use and no other tool of the agent has. */
function freeName({ name }: McpServer, offer: McpOffer, tools: Tool[]): string {
  const taken = (candidate: string) => tools.some((tool) => tool.name === candidate);
  const plain = usable(offer.name);
  if (!taken(plain)) return plain;
  const own = usable(`${name.toLowerCase()}_${offer.name}`);
  for (let number = 2; ; number += 1) {
    const candidate = number === 2 ? own : `${own.slice(0, longestName - 4)}_${number}`;
    if (!taken(candidate)) return candidate;
  }
}

function usable(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, longestName) || "tool";
}

/** Whether the agent has this tool of the server already. */
export function isUsed(server: McpServer, offer: McpOffer, tools: Tool[]): boolean {
  return tools.some(({ mcp }) => mcp?.serverId === server.id && mcp.name === offer.name);
}

/** How the server of an agent's tool stands, and what has changed there since it was added. */
export interface Origin {
  server?: McpServer;
  /** What the server says of the tool by now; undefined if it has none of that name. */
  offer?: McpOffer;
  changed: boolean;
}

export function originOf(
  tool: Pick<Tool, "mcp" | "description" | "inputSchema">,
  servers: McpServer[],
): Origin {
  const server = servers.find(({ id }) => id === tool.mcp?.serverId);
  const offer = server?.tools.find(({ name }) => name === tool.mcp?.name);
  if (!offer) return { server, changed: false };
  const same =
    describe(offer) === tool.description && isSame(offer.inputSchema, tool.inputSchema ?? null);
  return { server, offer, changed: !same };
}

/** What a tool is told about by its server now. */
export function described(offer: McpOffer): Pick<Tool, "description" | "inputSchema"> {
  return { description: describe(offer), inputSchema: offer.inputSchema };
}
