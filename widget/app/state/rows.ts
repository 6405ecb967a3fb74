import { isRecord, type Part } from "../protocol";
import { answerKey, type Entry, split, type Thread } from "./thread";

/** What is drawn as one block: a question, or a stretch of an answer. */
export interface Row {
  key: string;
  entry: Entry;
  /** The parts of this stretch; a question has all of its own. */
  parts: Part[];
  /** The end of its answer, below which the buttons stand. */
  ends: boolean;
}

export interface Rows {
  before: Row[];
  /** The running answer; empty while it has nothing to show. */
  live: Row[];
  /** Messages that the running answer has not taken in yet. */
  after: Row[];
}

/**
 * The conversation in the order in which it is read. A message sent during an
 * answer is stored before that answer, but belongs where the answer turned to it.
 */
export function rowsOf(thread: Thread): Rows {
  const live = liveEntry(thread);
  const { before, after } = live ? split(thread.entries) : { before: thread.entries, after: [] };
  const all = live ? [...thread.entries, live] : thread.entries;
  const steering = new Set(all.flatMap((entry) => entry.parts.flatMap(steeringIds)));
  const isTaken = ({ id }: Entry) => id !== undefined && steering.has(id);
  const draw = (entry: Entry) => (isTaken(entry) ? [] : rowsOfEntry(entry, thread.entries));
  const shown = live ? draw(live).filter((row) => row.parts.some(isShown)) : [];
  return { before: before.flatMap(draw), live: shown, after: after.flatMap(draw) };
}

/** Whether a part of an answer is something to look at: words, a call, a component or a document. */
export function isShown({ type, text }: Part): boolean {
  return text ? type === "text" : /^(dy|data-[uo])/.test(type);
}

function liveEntry({ turn }: Thread): Entry | undefined {
  if (!turn) return undefined;
  const { id: turnId, parts, messageId } = turn;
  const entry: Entry = {
    key: answerKey(turnId),
    role: "assistant",
    parts,
    state: "pending",
    turnId,
  };
  return messageId ? { ...entry, id: messageId } : entry;
}

function rowsOfEntry(entry: Entry, entries: Entry[]): Row[] {
  return stretches(entry.parts).flatMap(({ parts, steer }, index, all) => {
    const key = index === 0 ? entry.key : `${entry.key}:${index}`;
    const row: Row = { key, entry, parts, ends: index === all.length - 1 };
    const asked = steeringIds(steer).flatMap((id) => entries.filter((e) => e.id === id));
    return [row, ...asked.map(takenIn)];
  });
}

/** Cuts an answer where it turned to messages that came in, and says to which. */
function stretches(parts: Part[]): { parts: Part[]; steer?: Part }[] {
  const at = parts.findIndex((part) => part.type === "data-steer");
  const steer = parts[at];
  if (!steer) return [{ parts }];
  return [{ parts: parts.slice(0, at), steer }, ...stretches(parts.slice(at + 1))];
}

function takenIn(question: Entry): Row {
  const { key, parts } = question;
  return { key, entry: { ...question, state: "complete" }, parts, ends: true };
}

function steeringIds(part: Part | undefined): string[] {
  if (part?.type !== "data-steer" || !isRecord(part.data)) return [];
  const ids = part.data.messageIds;
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
}
