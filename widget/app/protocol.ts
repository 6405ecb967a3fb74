/**
 * The shapes that travel between the widget and the API. Every object is open:
 * fields that are not named here are ignored, so that the server may grow.
 */

/** One chunk of a turn's stream (AI SDK UI message stream, version 1). */
export interface Chunk {
  type: string;
  id?: string;
  messageId?: string;
  delta?: string;
  data?: unknown;
  transient?: boolean;
  finishReason?: string;
  reason?: string;
  errorText?: string;
  /** This and the following are of the call of a tool. */
  toolCallId?: string;
  toolName?: string;
  title?: string;
  input?: unknown;
  output?: unknown;
  preliminary?: boolean;
  /** False where a page is to make the call. */
  providerExecuted?: boolean;
  approvalId?: string;
}

/** A piece of a message, as stored and as rendered. */
export interface Part {
  type: string;
  id?: string;
  text?: string;
  state?: "streaming" | "done" | ToolState;
  data?: unknown;
  /** This and the following are of the part of a tool's call, of type `dynamic-tool`. */
  toolCallId?: string | undefined;
  toolName?: string | undefined;
  title?: string | undefined;
  input?: unknown;
  output?: unknown;
  errorText?: string | undefined;
  /** False where a page is to make the call, or has made it. */
  providerExecuted?: boolean | undefined;
  approval?: { id: string; approved?: boolean; reason?: string | undefined };
  /** How far a call has come, in hundredths, while it is under way and its server tells. */
  percent?: number | undefined;
}

/** How far the call of a tool has come. */
export type ToolState =
  | "input-streaming"
  | "input-available"
  | "approval-requested"
  | "approval-responded"
  | "output-available"
  | "output-error"
  | "output-denied";

export type Role = "user" | "assistant" | "system";
export type MessageState = "pending" | "complete" | "stopped" | "failed";
export type Rating = "up" | "down";

export interface Message {
  id: string;
  role: Role;
  parts: Part[];
  state: MessageState;
  position: number;
  turnId?: string;
  /** All that were said in its place, the oldest first; absent when it is alone there. */
  versions?: string[];
  /** Who has written an answer, if not the conversation's own agent. */
  author?: string;
  /** The name that the sender gave the message. */
  clientId?: string;
  feedback?: { rating: Rating | null; comment?: string };
  createdAt: string;
}

/** What a turn is wanted for; `key` tells one wish from another, however often it is sent. */
export interface Wish {
  key: string;
  text: string;
  /** What goes with the text. */
  parts?: Part[] | undefined;
  /** Where the question stands, if not at the end: beside the message that is named. */
  fork?: { edit: string } | { regenerate: string };
}

export interface Conversation {
  id: string;
  agentId: string;
  title: string;
  createdAt: string;
  updatedAt: string;
  messageCount: number;
  activeTurnId?: string;
  preview?: string;
  /** Who answers: a model, or people. */
  mode?: "agent" | "human";
  /** The person who answers, once somebody has come. */
  staffName?: string;
}

export interface Turn {
  id: string;
  conversationId: string;
  status: "running" | "awaiting_approval" | "completed" | "stopped" | "failed";
  steered?: boolean;
  userMessageId: string;
  assistantMessageId: string;
  lastSeq: number;
}

export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

export interface Appearance {
  title?: string;
  subtitle?: string;
  color?: string;
  position?: string;
  theme?: string;
  iconUrl?: string;
}

export interface WidgetConfig {
  agentId: string;
  name: string;
  greeting?: string;
  starterPrompts?: string[] | null;
  suggestions?: boolean;
  appearance?: Appearance;
  simulated?: boolean;
  /** The visitor may ask for a person. */
  person?: boolean;
}

export interface SessionGrant {
  visitorId: string;
  token: string;
  tokenExpiresAt: string;
  visitorSecret?: string;
  config: WidgetConfig;
}

/** News about a conversation, for every tab that shows it. */
export interface ConversationEvent {
  type: string;
  turnId?: string;
  messageId?: string;
  role?: Role;
  title?: string;
  status?: string;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a chunk or an event from one frame's data; undefined when it is neither. */
export function parseTyped<T extends { type: string }>(data: string): T | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return isRecord(value) && typeof value.type === "string" ? (value as unknown as T) : undefined;
  } catch {
    return undefined;
  }
}
