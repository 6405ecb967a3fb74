import { type LiveTurn, textOf } from "@parley/widget/state/turn";
import type { Turn } from "@/api/types";
import { LiveDot } from "@/features/conversations/live-dot";
import { Bubble, Content, FailureNote, type Names } from "@/features/conversations/message-view";
import { TurnFacts } from "@/features/conversations/turn-facts";

const notices = {
  working: "Working on it",
  retrying: "Trying again",
  waiting: "Waiting for the model",
};

interface LiveMessageProps {
  live: LiveTurn;
  turn?: Turn;
  names: Names;
}

/** An answer while it is written, exactly as the visitor sees it. */
export function LiveMessage({ live, turn, names }: LiveMessageProps) {
  const empty =
    textOf(live.parts) === "" && !live.parts.some(({ type }) => type === "dynamic-tool");
  const running = live.status === "running";
  return (
    <Bubble
      mine
      name={names.agent}
      aside={running && <LiveDot label={live.notice ? notices[live.notice] : "Answering"} />}
      footer={turn && <TurnFacts turn={turn} />}
    >
      {empty && running ? <TypingDots /> : <Content parts={live.parts} plain={false} />}
    </Bubble>
  );
}

function TypingDots() {
  return (
    <span className="flex gap-1 py-1.5" aria-hidden>
      <span className="size-1.5 animate-pulse-soft rounded-full bg-faint" />
      <span className="size-1.5 animate-pulse-soft rounded-full bg-faint [animation-delay:200ms]" />
      <span className="size-1.5 animate-pulse-soft rounded-full bg-faint [animation-delay:400ms]" />
    </span>
  );
}

/** The place of an answer that never came. */
export function MissingAnswer({ turn, names }: { turn: Turn; names: Names }) {
  return (
    <Bubble mine name={names.agent} time={turn.createdAt} footer={<TurnFacts turn={turn} />}>
      {turn.status === "failed" ? (
        <FailureNote text={turn.error?.message ?? "The answer failed."} />
      ) : (
        <p className="text-faint italic">Stopped before the first word.</p>
      )}
    </Bubble>
  );
}
