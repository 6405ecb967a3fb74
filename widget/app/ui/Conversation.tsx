import { useMemo } from "react";
import { type Row, rowsOf } from "../state/rows";
import { isAnswering, offeredSuggestions, type Thread } from "../state/thread";
import { isSilent } from "../state/turn";
import { Announcer } from "./Announcer";
import { useChatState, useStrings, useUi } from "./context";
import { Icon } from "./icons";
import { LoadFailed } from "./LoadFailed";
import { Answer, UserMessage, Waiting } from "./MessageView";
import { useStickToEnd } from "./stickToEnd";
import { Welcome } from "./Welcome";

/** The messages of the open conversation, kept at their end while the visitor reads there. */
export function Conversation() {
  const t = useStrings();
  const thread = useChatState((state) => state.thread);
  const { conversationId, sent } = thread;
  const { scroller, content, atEnd, toEnd } = useStickToEnd(`${conversationId}:${sent}`);
  const isEmpty = thread.phase !== "loading" && thread.entries.length === 0 && !thread.turn;
  return (
    <div className="thread">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the messages are scrolled by keyboard too */}
      <section className="scroller" ref={scroller} tabIndex={0} aria-label={t.messages}>
        <div className="content" ref={content}>
          {isEmpty && thread.phase !== "failed" ? <Welcome /> : <Messages thread={thread} />}
        </div>
      </section>
      <Announcer />
      {!atEnd && (
        <button type="button" className="jump" part="jump" onClick={toEnd}>
          <Icon name="down" />
          {t.jump}
        </button>
      )}
    </div>
  );
}

function Messages({ thread }: { thread: Thread }) {
  const t = useStrings();
  const { chat } = useUi();
  const { before, live, after } = useMemo(() => rowsOf(thread), [thread]);
  if (thread.phase === "loading") return <p className="centre fine">{t.loading}</p>;
  if (thread.phase === "failed") {
    return <LoadFailed text={t.threadFailed} onRetry={() => chat.reload()} />;
  }
  const idle = !isAnswering(thread);
  const last = idle ? before.at(-1) : undefined;
  return (
    <>
      {thread.older && (
        <button type="button" className="link older" onClick={() => void chat.loadOlder()}>
          {t.older}
        </button>
      )}
      <ol className="messages">
        {before.map((row) => (
          <Message key={row.key} row={row} last={row === last} idle={idle} />
        ))}
        {live.map((row) => (
          <Message key={row.key} row={row} live={row.ends} />
        ))}
        <Progress thread={thread} />
        {after.map((row) => (
          <Message key={row.key} row={row} />
        ))}
      </ol>
      <Suggestions thread={thread} />
    </>
  );
}

interface MessageProps {
  row: Row;
  live?: boolean;
  last?: boolean;
  idle?: boolean;
}

function Message({ row, live = false, last = false, idle = false }: MessageProps) {
  if (row.entry.role === "user") return <UserMessage entry={row.entry} idle={idle} />;
  return <Answer row={row} live={live} last={last} idle={idle} />;
}

/** Says that something is on its way, and why it is not here yet. */
function Progress({ thread }: { thread: Thread }) {
  const link = useChatState((state) => state.live);
  const { turn } = thread;
  const sending = thread.entries.some((entry) => entry.state === "sending");
  if (!turn) return sending ? <Waiting notice={undefined} link={true} /> : null;
  const silent = isSilent(turn) || turn.notice !== undefined || !link;
  return silent ? <Waiting notice={turn.notice} link={link} /> : null;
}

function Suggestions({ thread }: { thread: Thread }) {
  const { chat } = useUi();
  const t = useStrings();
  const items = offeredSuggestions(thread);
  if (items.length === 0) return null;
  return (
    <ul className="suggestions" aria-label={t.starters}>
      {items.map((item) => (
        <li key={item}>
          <button
            type="button"
            className="chip"
            part="suggestion"
            dir="auto"
            onClick={() => chat.send(item)}
          >
            {item}
          </button>
        </li>
      ))}
    </ul>
  );
}
