import { suggestionsOf, textOf } from "@parley/widget/state/turn";
import { Clock, OctagonX, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Message, Part, Turn } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { BlockedNote } from "@/features/conversations/blocked-note";
import { Beside, isBeside } from "@/features/conversations/components";
import { FeedbackNote } from "@/features/conversations/feedback-note";
import { HandoffNote, handoffNoteOf } from "@/features/conversations/handoff-note";
import { Markdown } from "@/features/conversations/markdown";
import { ToolCall } from "@/features/conversations/tool-call";
import { TurnFacts } from "@/features/conversations/turn-facts";
import { VersionPager } from "@/features/conversations/version-pager";
import { cn } from "@/lib/cn";
import { formatTime } from "@/lib/format";

interface MessageViewProps {
  message: Message;
  turn?: Turn;
  /** What the visitor and the agent are called. */
  names: Names;
  onTurn(version: string): void;
}

export interface Names {
  visitor: string;
  agent: string;
}

/** A stored message with its state, the visitor's verdict and how the answer came about. */
export function MessageView({ message, turn, names, onTurn }: MessageViewProps) {
  const { id, versions, author } = message;
  const note = handoffNoteOf(message.parts);
  if (note) return <HandoffNote note={note} time={message.createdAt} agent={names.agent} />;
  const fromVisitor = message.role === "user";
  return (
    <Bubble
      mine={!fromVisitor}
      name={fromVisitor ? names.visitor : (author ?? names.agent)}
      time={message.createdAt}
      aside={<StateBadge message={message} />}
      footer={
        <>
          {message.blocked && <BlockedNote blocked={message.blocked} />}
          {message.feedback && <FeedbackNote feedback={message.feedback} />}
          {versions && <VersionPager id={id} versions={versions} onTurn={onTurn} />}
          {turn && <TurnFacts turn={turn} models={message.models ?? []} />}
        </>
      }
    >
      <Content parts={message.parts} plain={fromVisitor} />
      {message.state === "failed" && turn?.error && <FailureNote text={turn.error.message} />}
    </Bubble>
  );
}

interface BubbleProps {
  /** The agent's side. */
  mine: boolean;
  name: string;
  time?: string;
  aside?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}

export function Bubble({ mine, name, time, aside, footer, children }: BubbleProps) {
  return (
    <article className={cn("flex flex-col gap-1.5", mine ? "items-start" : "items-end")}>
      <header className="flex flex-wrap items-baseline gap-2 px-1 text-xs">
        <span className="font-medium">{name}</span>
        {time && (
          <time dateTime={time} className="text-faint">
            {formatTime(time)}
          </time>
        )}
        {aside}
      </header>
      <div
        className={cn(
          "flex max-w-[min(42rem,92%)] flex-col gap-3 rounded-2xl px-4 py-2.5",
          mine ? "rounded-ss-md border bg-surface shadow-lift" : "rounded-se-md bg-accent-soft",
        )}
      >
        {children}
      </div>
      {footer && <footer className="flex flex-wrap items-center gap-2 px-1">{footer}</footer>}
    </article>
  );
}

export function Content({ parts, plain }: { parts: readonly Part[]; plain: boolean }) {
  const text = textOf([...parts]);
  const suggestions = suggestionsOf([...parts]);
  const calls = parts.filter(({ type }) => type === "dynamic-tool");
  const beside = parts.filter(isBeside);
  // What was filled in says it once more, and says who has asked.
  const isForm = parts.some(({ type }) => type === "data-form");
  return (
    <>
      {calls.length > 0 && (
        <div className="flex flex-col gap-1.5">
          {calls.map((call) => (
            <ToolCall key={call.toolCallId} part={call} />
          ))}
        </div>
      )}
      {text === "" && calls.length + beside.length === 0 && (
        <p className="text-faint italic">No text</p>
      )}
      {text !== "" && plain && !isForm && (
        <p className="whitespace-pre-wrap wrap-anywhere">{text}</p>
      )}
      {text !== "" && !plain && <Markdown text={text} />}
      {beside.map((part, index) => (
        <Beside key={part.id ?? index} part={part} />
      ))}
      {suggestions.length > 0 && (
        <ul aria-label="Suggested follow-up questions" className="flex flex-wrap gap-1.5">
          {suggestions.map((suggestion) => (
            <li
              key={suggestion}
              className="max-w-full rounded-2xl border px-2.5 py-1 text-muted text-xs wrap-anywhere"
            >
              {suggestion}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function StateBadge({ message }: { message: Message }) {
  if (message.state === "stopped") {
    return (
      <Badge tone="warn">
        <OctagonX aria-hidden /> Stopped
      </Badge>
    );
  }
  if (message.state === "failed") {
    return (
      <Badge tone="danger">
        <TriangleAlert aria-hidden /> Failed
      </Badge>
    );
  }
  if (message.state === "pending") {
    return (
      <Badge>
        <Clock aria-hidden /> Waiting
      </Badge>
    );
  }
  return null;
}

export function FailureNote({ text }: { text: string }) {
  return (
    <p className="flex items-start gap-2 font-medium text-danger-text">
      <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      {text}
    </p>
  );
}
