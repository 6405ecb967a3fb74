import type { LiveTurn } from "@parley/widget/state/turn";
import type { Message, Turn } from "@/api/types";

/** One entry of a transcript: a stored message, an answer in the making, or one that never came. */
export type Entry =
  | { kind: "message"; key: string; message: Message; turn?: Turn }
  | { kind: "live"; key: string; live: LiveTurn; turn?: Turn }
  | { kind: "missing"; key: string; turn: Turn };

/** Puts a conversation's messages, its turns and the turn that runs now into reading order. */
export function transcriptOf(messages: Message[], turns: Turn[], live: LiveTurn | null): Entry[] {
  const stored = new Set(messages.flatMap(({ id, versions = [] }) => [id, ...versions]));
  const byAnswer = new Map(turns.map((turn) => [turn.assistantMessageId, turn]));
  // A question may have been asked again: what counts is its last turn, the first in the list.
  const byQuestion = new Map([...turns].reverse().map((turn) => [turn.userMessageId, turn]));
  const entries = [...messages]
    .sort((one, other) => one.position - other.position)
    .flatMap((message): Entry[] => {
      const own: Entry = {
        kind: "message",
        // The same for all versions, so that paging leaves the reader where they are.
        key: message.versions?.[0] ?? message.id,
        message,
        turn: byAnswer.get(message.id),
      };
      const turn = byQuestion.get(message.id);
      const lost = turn && isMissing(turn, stored);
      return lost ? [own, { kind: "missing", key: turn.id, turn }] : [own];
    });
  if (live && !isStored(live, turns, stored)) {
    const turn = turns.find(({ id }) => id === live.id);
    entries.push({ kind: "live", key: turn?.assistantMessageId ?? live.id, live, turn });
  }
  return entries;
}

/** Whether the turn has ended without leaving an answer. */
function isMissing({ status, assistantMessageId }: Turn, stored: Set<string>): boolean {
  return (status === "failed" || status === "stopped") && !stored.has(assistantMessageId);
}

function isStored(live: LiveTurn, turns: Turn[], stored: Set<string>): boolean {
  const turn = turns.find(({ id }) => id === live.id);
  const answer = live.messageId ?? turn?.assistantMessageId;
  const ended = turn !== undefined && turn.status !== "running";
  return ended || (answer !== undefined && stored.has(answer));
}
