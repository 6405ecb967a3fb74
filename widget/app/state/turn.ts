import { type Chunk, isRecord, type Part } from "../protocol";

export type TurnStatus = "running" | "complete" | "stopped" | "failed";

/** What the server says of a turn that is silent for a while. */
export type TurnNotice = "working" | "retrying" | "waiting";

/** A chunk with its place in the turn's log. */
export interface Event {
  seq: number;
  chunk: Chunk;
}

/** An answer as far as its log has been read. */
export interface LiveTurn {
  id: string;
  /** How many chunks of the log are folded in: the log is dense from 1. */
  seq: number;
  messageId?: string;
  parts: Part[];
  status: TurnStatus;
  notice?: TurnNotice;
  /** The visitor asked it to stop, and the log does not say so yet. */
  stopping?: boolean;
}

export function newTurn(id: string): LiveTurn {
  return { id, seq: 0, parts: [], status: "running" };
}

/**
 * Folds one event of the log into the answer. An event that was folded before
 * changes nothing, so a log may be replayed from any earlier point: this is what
 * keeps a reconnect from ever doubling a character.
 */
export function foldEvent(turn: LiveTurn, { seq, chunk }: Event): LiveTurn {
  if (chunk.type === "data-status") return { ...turn, ...notice(chunk) };
  if (seq <= turn.seq || turn.status !== "running") return turn;
  const { notice: _, ...quiet } = turn;
  return { ...quiet, seq, ...foldChunk(turn, chunk) };
}

/** Whether an event would leave a hole: something before it has not been read. */
export function leavesGap(turn: LiveTurn, event: Event): boolean {
  return event.seq > turn.seq + 1;
}

function foldChunk(turn: LiveTurn, chunk: Chunk): Partial<LiveTurn> {
  switch (chunk.type) {
    case "start":
      return chunk.messageId ? { messageId: chunk.messageId } : {};
    case "finish":
      return { status: "complete", parts: closed(turn.parts) };
    case "abort":
      return { status: "stopped", parts: closed(turn.parts) };
    case "error":
      return { status: "failed", parts: closed(turn.parts) };
    default:
      return { parts: foldPart(turn.parts, chunk) };
  }
}

/**
 * Adds a chunk to the parts of its message: the browser's half of the rule by
 * which the server stores a message, so that history and stream render alike.
 */
export function foldPart(parts: Part[], chunk: Chunk): Part[] {
  const id = chunk.id ?? "";
  switch (chunk.type) {
    case "start-step":
      return [...parts, { type: "step-start" }];
    case "data-reset":
      return parts.slice(0, parts.findLastIndex((part) => part.type === "step-start") + 1);
    case "text-start":
      return [...parts, { type: "text", id, text: "", state: "streaming" }];
    case "reasoning-start":
      return [...parts, { type: "reasoning", id, text: "", state: "streaming" }];
    case "text-delta":
    case "reasoning-delta":
      return edit(parts, id, (part) => ({
        ...part,
        text: (part.text ?? "") + (chunk.delta ?? ""),
      }));
    case "text-end":
    case "reasoning-end":
      return edit(parts, id, (part) => ({ ...part, state: "done" }));
  }
  const told = toldOfCall(chunk);
  if (told) return foldCall(parts, chunk, told);
  if (chunk.type.startsWith("data-") && !chunk.transient) return putData(parts, chunk);
  return parts;
}

/** Brings the part of a call up to date, or begins it. Progress changes nothing else. */
function foldCall(parts: Part[], chunk: Chunk, told: Partial<Part>): Part[] {
  const { toolCallId, toolName, title } = chunk;
  const at = parts.findIndex((part) => part.toolCallId === toolCallId);
  const begun = parts[at] ?? { type: "dynamic-tool", toolCallId, toolName, title };
  const part = chunk.preliminary
    ? { ...begun, ...percentOf(chunk.output) }
    : decided({ ...begun, ...told, ...(begun.percent && { percent: undefined }) }, chunk);
  return at < 0 ? [...parts, part] : parts.with(at, part);
}

function percentOf(said: unknown): Pick<Part, "percent"> {
  const { progress, total } = (said ?? {}) as { progress?: number; total?: number };
  return progress && total ? { percent: Math.min(100, Math.round((100 * progress) / total)) } : {};
}

/** The end of a call that people were asked about tells what they have said. */
function decided(part: Part, { reason }: Chunk): Part {
  const { approval, state } = part;
  if (!approval || !isOver(part)) return part;
  const said = state === "output-denied" ? { approved: false, reason } : { approved: true };
  return { ...part, approval: { id: approval.id, ...said } };
}

function toldOfCall(chunk: Chunk): Partial<Part> | undefined {
  const { input, output, errorText, providerExecuted, approvalId = "" } = chunk;
  switch (chunk.type) {
    case "tool-input-start":
      return { state: "input-streaming" };
    case "tool-input-available":
      return { state: "input-available", input, providerExecuted };
    case "tool-input-error":
      return { state: "output-error", input, errorText };
    case "tool-approval-request":
      return { state: "approval-requested", approval: { id: approvalId } };
    case "tool-output-available": // an outcome may come after all
      return { state: "output-available", output, errorText };
    case "tool-output-error":
      return { state: "output-error", errorText };
    case "tool-output-denied":
      return { state: "output-denied" };
  }
}

/** Changes the newest part of that id: a later step may use an earlier one's ids again. */
function edit(parts: Part[], id: string, change: (part: Part) => Part): Part[] {
  const at = parts.findLastIndex((part) => part.id === id);
  const found = parts[at];
  return found ? parts.with(at, change(found)) : parts;
}

function putData(parts: Part[], chunk: Chunk): Part[] {
  const part: Part = { type: chunk.type, data: chunk.data, ...(chunk.id ? { id: chunk.id } : {}) };
  const at = chunk.id ? parts.findIndex((p) => p.type === part.type && p.id === part.id) : -1;
  return at < 0 ? [...parts, part] : parts.with(at, part);
}

function closed(parts: Part[]): Part[] {
  return parts.map((part) => (part.state === "streaming" ? { ...part, state: "done" } : part));
}

function notice(chunk: Chunk): { notice?: TurnNotice } {
  const state = isRecord(chunk.data) ? chunk.data.state : undefined;
  const known = state === "working" || state === "retrying" || state === "waiting";
  return known ? { notice: state } : {};
}

/** The visible text of a message: its text parts with blank lines between them. */
export function textOf(parts: Part[]): string {
  const texts = parts.filter((part) => part.type === "text" && part.text).map((part) => part.text);
  return texts.join("\n\n");
}

/** Whether nothing shows that the running step is at work: not a word, and no call under way. */
export function isSilent({ parts }: LiveTurn): boolean {
  const begun = parts.findLastIndex(
    (part) => part.type === "step-start" || part.type === "data-steer",
  );
  const step = parts.slice(begun + 1);
  return textOf(step) === "" && !step.some((part) => part.toolCallId && !isOver(part));
}

/** Whether the part of a call shows what has become of it. */
export function isOver({ state }: Part): boolean {
  return state?.startsWith("output") === true;
}

/** The follow-up questions that came with a message. */
export function suggestionsOf(parts: Part[]): string[] {
  const data = parts.findLast((part) => part.type === "data-suggestions")?.data;
  const items = isRecord(data) && Array.isArray(data.items) ? data.items : [];
  return items.filter((item): item is string => typeof item === "string" && item.trim() !== "");
}
