import type { ProblemKind } from "../net/problem";
import type { Message, MessageState, Part, Rating, Role, Wish } from "../protocol";
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
  /** What was said in this place, itself included, if there is a choice. */
  versions?: string[];
  rating?: Rating;
  /** Who has written it, if not the agent that the visitor came to. */
  author?: string;
  /** As what it was sent, for another try. */
  wish?: Wish;
  complaint?: Complaint;
}

export interface Thread {
  conversationId?: string;
  phase: "empty" | "loading" | "ready" | "failed";
  entries: Entry[];
  /** Leads to older messages; absent when all are here. */
  older?: string;
  turn?: LiveTurn;
  /** Counts what was sent from here: whoever sends wants to see the end. */
  sent: number;
}

export type ThreadAction =
  | { type: "thread-cleared" }
  | { type: "thread-opened"; conversationId: string }
  | { type: "thread-failed" }
  | { type: "conversation-created"; conversationId: string }
  | ({ type: "page-loaded" } & LoadedPage)
  | { type: "message-sending"; key: string; wish: Wish }
  | { type: "message-sent"; key: string; turnId: string; id?: string; steered: boolean }
  | { type: "message-unsent"; key: string; complaint: Complaint }
  | { type: "message-dropped"; key: string }
  | { type: "rated"; id: string; rating: Rating | null }
  | { type: "turn-followed"; turnId: string }
  | { type: "turn-events"; turnId: string; events: Event[] }
  | { type: "turn-stopping"; turnId: string }
  | { type: "turn-lost"; turnId: string };

export const emptyThread: Thread = { phase: "empty", entries: [], sent: 0 };

export function threadReducer(thread: Thread, action: ThreadAction): Thread {
  switch (action.type) {
    case "thread-cleared":
      return emptyThread;
    case "thread-opened":
      return { ...emptyThread, conversationId: action.conversationId, phase: "loading" };
    case "thread-failed":
      return { ...thread, phase: "failed" };
    case "conversation-created":
      return { ...thread, conversationId: action.conversationId, phase: "ready" };
    case "page-loaded":
      return isLeaving(thread) ? thread : loadPage(thread, action);
    case "turn-followed":
    case "turn-events":
    case "turn-stopping":
    case "turn-lost":
      return turnReducer(thread, action);
    case "message-sending":
      return { ...thread, entries: beginSending(thread.entries, action), sent: thread.sent + 1 };
    default:
      return { ...thread, entries: entriesReducer(thread.entries, action) };
  }
}

type TurnAction = Extract<ThreadAction, { type: `turn-${string}` }>;
type SendAction = Extract<ThreadAction, { type: "message-sending" }>;
type EntryAction = Exclude<
  Extract<ThreadAction, { type: `message-${string}` | "rated" }>,
  SendAction
>;

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

/**
 * A message moves to the end, where its answer will appear, with a second try too.
 * One that begins a branch takes away what stands on the branch that it leaves.
 */
function beginSending(entries: Entry[], { key, wish }: SendAction): Entry[] {
  const kept = beforeFork(entries, wish);
  if (key !== wish.key) return patch(kept, key, { state: "sending", wish });
  const fresh: Entry = { key, role: "user", parts: partsOf(wish), state: "sending", wish };
  return [...kept.filter((entry) => entry.key !== key), fresh];
}

/** The message that a wish is sent as. */
export function partsOf({ text, parts = [] }: Wish): Part[] {
  return [{ type: "text", text }, ...parts];
}

function beforeFork(entries: Entry[], { fork }: Wish): Entry[] {
  if (!fork) return entries;
  const target = "edit" in fork ? fork.edit : fork.regenerate;
  const at = entries.findIndex((entry) => entry.id === target);
  return at < 0 ? entries : entries.slice(0, at);
}

function patch(entries: Entry[], key: string, change: Partial<Entry>): Entry[] {
  return entries.map((entry) => (entry.key === key ? { ...entry, ...change } : entry));
}

function rate(entry: Entry, rating: Rating | null): Entry {
  const { rating: _, ...rest } = entry;
  return rating ? { ...rest, rating } : rest;
}

/** Whether a branch is on its way, or was refused: what the server shows is what is being left. */
function isLeaving({ entries }: Thread): boolean {
  return entries.some(
    ({ state, wish }) => wish?.fork && (state === "sending" || state === "unsent"),
  );
}

interface LoadedPage {
  messages: Message[];
  older?: string;
  at: "end" | "start";
  /** The entries there were when the page was asked for. */
  known?: Entry[];
}

/** Takes a page of the server's messages (oldest first) in; where both know a message, its word counts. */
function loadPage(thread: Thread, { messages, older, at, known = [] }: LoadedPage): Thread {
  const page = messages.filter((message) => message.role !== "system").map(entryOf);
  const there = at === "end" ? stillThere(thread.entries, page, known) : thread.entries;
  const entries = merge(there, page, thread.turn);
  const { older: before, ...rest } = thread;
  // A refreshed end does not change what is known about the beginning.
  const keepsStart = at === "end" && there.some((entry) => entry.position !== undefined);
  const cursor = keepsStart ? before : older;
  return { ...rest, phase: "ready", entries, ...(cursor ? { older: cursor } : {}) };
}

/**
 * What the newest page leaves of the entries: if one is missing that it should
 * hold, another branch is shown now, and nothing is known of what is before it.
 */
function stillThere(entries: Entry[], page: Entry[], known: Entry[]): Entry[] {
  const first = page[0]?.position ?? 0;
  const isThere = (entry: Entry) => page.some((stored) => isTwin(entry, stored));
  const stored = entries.filter((entry) => entry.position !== undefined);
  const goesOn =
    stored.slice(-1).every(isThere) &&
    stored.every((entry) => (entry.position ?? 0) < first || isThere(entry));
  return entries.filter((entry) => {
    if (entry.position !== undefined) return goesOn;
    const isOwn = entry.state === "sending" || entry.state === "unsent";
    return isOwn || !known.includes(entry) || isThere(entry);
  });
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
  const { id, role, parts, state, position, turnId, versions, feedback, author } = message;
  const entry: Entry = { key: keyOf(message), id, role, parts, state, position };
  if (turnId) entry.turnId = turnId;
  if (versions) entry.versions = versions;
  if (author) entry.author = author;
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
