import type {
  Agent,
  AgentConfig,
  ApprovalDetail,
  Identity,
  McpServer,
  Message,
  Playground,
  Trace,
  TraceModelCall,
  TraceStep,
  TraceToolCall,
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
    output: { kind: "text" },
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
    permissions: ["agents:read", "agents:write", "keys:read", "keys:write", "chat", "turns:trace"],
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

export function samplePlayground(change: Partial<Playground> = {}): Playground {
  return {
    id: "conversation-1",
    agentId: "agent-1",
    agentName: "Support",
    title: "Where is my order?",
    mode: "agent",
    asks: "changes",
    messageCount: 2,
    createdAt: long,
    updatedAt: long,
    ...change,
  };
}

const used = { inputTokens: 120, cachedTokens: 0, outputTokens: 30, reasoningTokens: 0 };

export function sampleModelCall(change: Partial<TraceModelCall> = {}): TraceModelCall {
  return {
    id: "call-1",
    purpose: "answer",
    attempt: 1,
    model: "gpt-4o",
    state: "reported",
    ...used,
    costMicros: 600,
    priceVersion: "2026-01-01",
    responseId: "resp_1",
    createdAt: long,
    ...change,
  };
}

export function sampleToolCall(change: Partial<TraceToolCall> = {}): TraceToolCall {
  return {
    id: "call_1",
    tool: "find_order",
    title: "Find an order",
    class: "read",
    state: "succeeded",
    arguments: { order: "4711" },
    output: { status: "shipped" },
    decision: "allow",
    decidedBy: "default",
    attempts: 1,
    told: true,
    createdAt: long,
    ...change,
  };
}

export function sampleTraceStep(change: Partial<TraceStep> = {}): TraceStep {
  return { number: 1, begunAt: long, calls: [sampleModelCall()], toolCalls: [], ...change };
}

export function sampleTrace(change: Partial<Trace> = {}): Trace {
  return {
    turnId: "turn",
    conversationId: "conversation-1",
    agentId: "agent-1",
    agentName: "Support",
    agentVersion: 0,
    revision: 7,
    status: "completed",
    createdAt: long,
    usage: { ...used, costMicros: 600, unreported: 0 },
    unpriced: false,
    steps: [],
    other: [],
    log: "complete",
    attempts: "complete",
    ...change,
  };
}
