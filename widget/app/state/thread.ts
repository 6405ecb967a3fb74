import type { ProblemKind } from "../net/problem";
import type { Message, MessageState, Part, Rating, Role } from "../protocol";
import { type Event, foldEvent, type LiveTurn, newTurn, suggestionsOf } from "./turn";

/** A complaint in a form that can be kept in state and said in words. */
export interface Complaint {
  kind: ProblemKind;
  /** When another try makes sense (milliseconds of the epoch), if the server said. */
  retryAt?: number;
  detail?: string;
}

/**
 * One message as the panel shows it. `sending` and `unsent` are messages that
 * only this browser knows; every other state is the server's word.
 */
export interface Entry {
  /** Stays the same from the first keystroke to the stored message, so that nothing is redrawn. */
  key: string;
  id?: string;
  role: Role;
  parts: Part[];
  state: MessageState | "sending" | "unsent";
  position?: number;
  turnId?: string;
  rating?: Rating;
  complaint?: Complaint;
}

export interface Thread {
  conversationId?: string;
  phase: "empty" | "loading" | "ready" | "failed";
  entries: Entry[];
  /** Leads to older messages; absent when all are here. */
  older?: string;
  turn?: LiveTurn;
}

export type ThreadAction =
  | { type: "thread-cleared" }
  | { type: "thread-opened"; conversationId: string }
  | { type: "thread-failed" }
  | { type: "conversation-created"; conversationId: string }
  | { type: "page-loaded"; messages: Message[]; older?: string; at: "end" | "start" }
  | { type: "message-sending"; key: string; text: string }
  | { type: "message-sent"; key: string; turnId: string; id?: string; steered: boolean }
  | { type: "message-unsent"; key: string; complaint: Complaint }
  | { type: "message-dropped"; key: string }
  | { type: "rated"; id: string; rating: Rating | null }
  | { type: "turn-followed"; turnId: string }
  | { type: "turn-events"; turnId: string; events: Event[] }
  | { type: "turn-stopping"; turnId: string }
  | { type: "turn-lost"; turnId: string };

export const emptyThread: Thread = { phase: "empty", entries: [] };

export function threadReducer(thread: Thread, action: ThreadAction): Thread {
  switch (action.type) {
    case "thread-cleared":
      return emptyThread;
    case "thread-opened":
      return { conversationId: action.conversationId, phase: "loading", entries: [] };
    case "thread-failed":
      return { ...thread, phase: "failed" };
    case "conversation-created":
      return { ...thread, conversationId: action.conversationId, phase: "ready" };
    case "page-loaded":
      return loadPage(thread, action);
    case "turn-followed":
    case "turn-events":
    case "turn-stopping":
    case "turn-lost":
      return turnReducer(thread, action);
    default:
      return { ...thread, entries: entriesReducer(thread.entries, action) };
  }
}

type TurnAction = Extract<ThreadAction, { type: `turn-${string}` }>;
type EntryAction = Extract<ThreadAction, { type: `message-${string}` | "rated" }>;

function turnReducer(thread: Thread, action: TurnAction): Thread {
  const { turn } = thread;
  if (action.type === "turn-followed") {
    return turn?.id === action.turnId ? thread : { ...thread, turn: newTurn(action.turnId) };
  }
  if (turn?.id !== action.turnId) return thread;
  switch (action.type) {
    case "turn-stopping":
      return { ...thread, turn: { ...turn, stopping: true } };
    case "turn-lost":
      return withoutTurn(thread);
    case "turn-events":
      return settle({ ...thread, turn: action.events.reduce(foldEvent, turn) });
  }
}

/** An ended turn becomes an ordinary message, in the place where it was drawn. */
function settle(thread: Thread): Thread {
  const { turn, entries } = thread;
  if (!turn || turn.status === "running") return thread;
  const entry: Entry = {
    key: answerKey(turn.id),
    role: "assistant",
    parts: turn.parts,
    state: turn.status,
    turnId: turn.id,
    ...(turn.messageId ? { id: turn.messageId } : {}),
  };
  const rest = entries.filter((e) => e.key !== entry.key && (!e.id || e.id !== entry.id));
  const { before, after } = split(rest);
  return { ...withoutTurn(thread), entries: [...before, entry, ...after] };
}

function withoutTurn(thread: Thread): Thread {
  const { turn: _, ...rest } = thread;
  return rest;
}

function entriesReducer(entries: Entry[], action: EntryAction): Entry[] {
  switch (action.type) {
    case "message-sending":
      return beginSending(entries, action.key, action.text);
    case "message-sent":
      return patch(entries, action.key, {
        state: action.steered ? "pending" : "complete",
        turnId: action.turnId,
        ...(action.id ? { id: action.id } : {}),
      });
    case "message-unsent":
      return patch(entries, action.key, { state: "unsent", complaint: action.complaint });
    case "message-dropped":
      return entries.filter((entry) => entry.key !== action.key);
    case "rated":
      return entries.map((entry) => (entry.id === action.id ? rate(entry, action.rating) : entry));
  }
}

/** A second try moves to the end, where its answer will appear. */
function beginSending(entries: Entry[], key: string, text: string): Entry[] {
  const parts: Part[] = [{ type: "text", text }];
  const fresh: Entry = { key, role: "user", parts, state: "sending" };
  return [...entries.filter((entry) => entry.key !== key), fresh];
}

function patch(entries: Entry[], key: string, change: Partial<Entry>): Entry[] {
  return entries.map((entry) => (entry.key === key ? { ...entry, ...change } : entry));
}

function rate(entry: Entry, rating: Rating | null): Entry {
  const { rating: _, ...rest } = entry;
  return rating ? { ...rest, rating } : rest;
}

interface LoadedPage {
  messages: Message[];
  older?: string;
  at: "end" | "start";
}

/** Takes a page of the server's messages (oldest first) in; where both know a message, its word counts. */
function loadPage(thread: Thread, { messages, older, at }: LoadedPage): Thread {
  const page = messages.filter((message) => message.role !== "system").map(entryOf);
  const entries = merge(thread.entries, page, thread.turn);
  const { older: before, ...rest } = thread;
  // A refreshed end does not change what is known about the beginning.
  const keepsStart = at === "end" && thread.entries.some((entry) => entry.position !== undefined);
  const cursor = keepsStart ? before : older;
  return { ...rest, phase: "ready", entries, ...(cursor ? { older: cursor } : {}) };
}

function merge(known: Entry[], page: Entry[], turn: LiveTurn | undefined): Entry[] {
  const taken = new Set<Entry>();
  const fresh = page
    .filter((entry) => !isLive(entry, turn))
    .map((entry) => {
      const twin = known.find((candidate) => isTwin(candidate, entry) && !taken.has(candidate));
      if (twin) taken.add(twin);
      return twin ? { ...entry, key: twin.key } : entry;
    });
  const rest = known.filter((entry) => !taken.has(entry));
  const stored = [...rest.filter((entry) => entry.position !== undefined), ...fresh];
  stored.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  return [...stored, ...rest.filter((entry) => entry.position === undefined)];
}

/** The running answer is drawn from its own log; an unread one will be followed. */
function isLive(entry: Entry, turn: LiveTurn | undefined): boolean {
  if (entry.role !== "assistant") return false;
  return entry.state === "pending" || (turn !== undefined && entry.turnId === turn.id);
}

/** An own message is known by its key before the server's id has come back. */
function isTwin(mine: Entry, stored: Entry): boolean {
  return mine.key === stored.key || (mine.id !== undefined && mine.id === stored.id);
}

function entryOf(message: Message): Entry {
  const { id, role, parts, state, position, turnId, feedback } = message;
  const entry: Entry = { key: keyOf(message), id, role, parts, state, position };
  if (turnId) entry.turnId = turnId;
  if (feedback?.rating) entry.rating = feedback.rating;
  return entry;
}

function keyOf({ id, role, turnId, clientId }: Message): string {
  if (role === "user") return clientId || id;
  return turnId ? answerKey(turnId) : id;
}

export function answerKey(turnId: string): string {
  return `answer:${turnId}`;
}

/** Splits where an answer belongs: before the messages at the end that no answer has taken in. */
export function split(entries: Entry[]): { before: Entry[]; after: Entry[] } {
  const at = entries.findLastIndex((entry) => !isWaiting(entry)) + 1;
  return { before: entries.slice(0, at), after: entries.slice(at) };
}

function isWaiting({ role, state }: Entry): boolean {
  return role === "user" && (state === "pending" || state === "sending" || state === "unsent");
}

/** The questions offered under the newest answer, while nothing else is going on. */
export function offeredSuggestions(thread: Thread): string[] {
  const last = thread.entries.at(-1);
  if (thread.turn || last?.role !== "assistant") return [];
  return suggestionsOf(last.parts);
}

/** Whether an answer is on its way: the composer offers to stop it. */
export function isAnswering(thread: Thread): boolean {
  return thread.turn !== undefined || thread.entries.some((entry) => entry.state === "sending");
}
