import type { Part } from "@/api/types";
import { formatTime } from "@/lib/format";

interface Note {
  state: string;
  name?: string;
}

/** What a message tells of who answers from there on; undefined if it is no such message. */
export function handoffNoteOf(parts: Part[]): Note | undefined {
  return parts.find(({ type }) => type === "data-handoff")?.data as Note | undefined;
}

interface HandoffNoteProps {
  note: Note;
  time: string;
  agent: string;
}

/** A line across the transcript: somebody else answers from here on. */
export function HandoffNote({ note, time, agent }: HandoffNoteProps) {
  return (
    <div className="flex items-center gap-3 text-muted text-xs">
      <span aria-hidden className="h-px flex-1 bg-line" />
      <p className="text-center">
        {wordsFor(note, agent)}{" "}
        <time dateTime={time} className="text-faint">
          {formatTime(time)}
        </time>
      </p>
      <span aria-hidden className="h-px flex-1 bg-line" />
    </div>
  );
}

function wordsFor({ state, name }: Note, agent: string): string {
  switch (state) {
    case "waiting":
      return "A person was asked for.";
    case "taken":
      return `${name} answers from here on.`;
    case "returned":
      return `Given back to ${agent}.`;
    case "unanswered":
      return `Nobody answered in time: ${agent} goes on.`;
    default:
      return `The visitor goes on with ${agent}.`;
  }
}
