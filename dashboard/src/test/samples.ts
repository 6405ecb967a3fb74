import type {
  Agent,
  AgentConfig,
  ApprovalDetail,
  Identity,
  McpServer,
  Message,
  Turn,
} from "@/api/types";

const long = "2026-01-01T00:00:00Z";

export function sampleConfig(change: Partial<AgentConfig> = {}): AgentConfig {
  return {
    instructions: "Be kind.",
    model: "",
    fallbackModels: [],
    maxOutputTokens: 0,
    maxSteps: 0,
    maxCostMicros: 0,
    greeting: "Hello",
    starterPrompts: ["One?", "Two?"],
    suggestions: false,
    recovery: "resume",
    tools: [],
    human: { enabled: false },
    handoffs: [],
    guardrails: {
      moderation: { input: false, output: false, model: "", thresholds: {}, message: "" },
      blockedTopics: [],
      topicMessage: "",
      redact: { kinds: [], answers: false },
      whenDown: "block",
    },
    allowedOrigins: ["https://shop.example"],
    appearance: {
      title: "Support",
      subtitle: "",
      color: "#5b4be1",
      position: "bottom-right",
      theme: "auto",
      iconUrl: "",
    },
    ...change,
  };
}

export function sampleAgent(change: Partial<Agent> = {}): Agent {
  return {
    id: "agent-1",
    name: "Support",
    draft: sampleConfig(),
    revision: 1,
    hasUnpublishedChanges: false,
    createdAt: long,
    updatedAt: long,
    ...change,
  };
}

export function sampleIdentity(change: Partial<Identity> = {}): Identity {
  return {
    user: { id: "user-1", email: "ada@example.com", name: "Ada", isOperator: false },
    tenant: { id: "tenant-1", slug: "acme", name: "Acme" },
    role: "owner",
    permissions: ["agents:read", "agents:write", "keys:read", "keys:write", "chat"],
    memberships: [{ tenantId: "tenant-1", name: "Acme", role: "owner" }],
    links: {},
    platform: { simulated: false, publicUrl: "https://parley.example" },
    ...change,
  };
}

export function sampleMessage(
  change: Partial<Message> & Pick<Message, "id" | "position">,
): Message {
  return { role: "user", parts: [], state: "complete", createdAt: long, ...change };
}

export function sampleTurn(change: Partial<Turn> & Pick<Turn, "id">): Turn {
  return {
    agentVersion: 1,
    conversationId: "conversation-1",
    userMessageId: "question",
    assistantMessageId: "answer",
    status: "running",
    lastSeq: 0,
    createdAt: long,
    ...change,
  };
}

export function sampleApproval(change: Partial<ApprovalDetail> = {}): ApprovalDetail {
  return {
    id: "approval-1",
    state: "open",
    callId: "call_1",
    callState: "awaiting",
    conversationId: "conversation-1",
    turnId: "turn-1",
    agentId: "agent-1",
    agentName: "Support",
    tool: "refund",
    title: "Refund an order",
    class: "write",
    arguments: { order: "471100", amount: 50 },
    argumentsHash: "0".repeat(64),
    editable: false,
    quorum: 1,
    roles: ["owner", "admin"],
    mayDecide: true,
    expiresAt: "2026-05-02T12:00:00Z",
    onExpiry: "deny",
    createdAt: "2026-05-01T12:00:00Z",
    votes: [],
    ...change,
  };
}

export function sampleMcpServer(change: Partial<McpServer> = {}): McpServer {
  return {
    id: "mcp-1",
    name: "Shop",
    url: "https://shop.example/mcp",
    tools: [
      {
        name: "find_order",
        title: "Find an order",
        description: "Finds an order by its number.",
        class: "read",
        inputSchema: { type: "object", properties: { order: { type: "string" } } },
      },
      { name: "cancel order!", class: "write", inputSchema: { type: "object" } },
    ],
    listedAt: long,
    createdAt: long,
    updatedAt: long,
    ...change,
  };
}
