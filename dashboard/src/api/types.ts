import type { components } from "@/api/schema.gen";

// Short names for the generated schemas.
type Schemas = components["schemas"];

export type Agent = Schemas["Agent"];
export type AgentConfig = Schemas["AgentConfig"];
export type AgentVersion = Schemas["AgentVersion"];
export type ApiKey = Schemas["APIKey"];
export type NewApiKey = Schemas["NewAPIKey"];
export type Approval = Schemas["Approval"];
export type ApprovalDetail = Schemas["ApprovalDetail"];
export type Appearance = Schemas["Appearance"];
export type Chunk = Schemas["Chunk"];
export type Conversation = Schemas["InboxConversation"];
export type ConversationEvent = Schemas["ConversationEvent"];
export type AgentHandoff = Schemas["AgentHandoff"];
export type BusinessHours = Schemas["BusinessHours"];
export type Identity = Schemas["Identity"];
export type LaunchItem = Schemas["LaunchItem"];
export type McpOffer = Schemas["MCPOffer"];
export type McpServer = Schemas["MCPServer"];
export type McpServerInput = Schemas["MCPServerInput"];
export type Message = Schemas["Message"];
export type Part = Schemas["MessagePart"];
export type Permission = Identity["permissions"][number];
export type Playground = Schemas["Playground"];
export type Problem = Schemas["Problem"];
export type Provider = Schemas["Provider"];
export type Settings = Schemas["Settings"];
export type Tool = AgentConfig["tools"][number];
export type Trace = Schemas["Trace"];
export type TraceModelCall = Schemas["TraceModelCall"];
export type TracePrompt = Schemas["TracePrompt"];
export type TraceStep = Schemas["TraceStep"];
export type TraceToolCall = Schemas["TraceToolCall"];
export type Turn = Schemas["InboxTurn"];
export type Usage = Schemas["Usage"];
