import { useSuspenseInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDown, ChevronLeft } from "lucide-react";
import type { Connection } from "@/api/events";
import { itemsOf } from "@/api/pages";
import type { Conversation } from "@/api/types";
import { MoreButton } from "@/components/more-button";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { useDeps } from "@/deps";
import { LiveDot } from "@/features/conversations/live-dot";
import { LiveMessage, MissingAnswer } from "@/features/conversations/live-message";
import { MessageView, type Names } from "@/features/conversations/message-view";
import { titleOf, visitorName } from "@/features/conversations/names";
import { conversationQuery, turnsQuery } from "@/features/conversations/queries";
import { ReplyBar } from "@/features/conversations/reply-bar";
import { type Entry, transcriptOf } from "@/features/conversations/transcript";
import { useBranch } from "@/features/conversations/use-branch";
import { useConversationNews, useLiveTurn } from "@/features/conversations/use-live";
import { useStickToEnd } from "@/features/conversations/use-stick-to-end";
import { formatTime } from "@/lib/format";

/** A conversation's transcript; it follows what happens while one reads. */
export function ConversationView({ id }: { id: string }) {
  const deps = useDeps();
  const { data: conversation } = useSuspenseQuery(conversationQuery(deps, id));
  const { messages, apart, turning, turnTo } = useBranch(id);
  const turns = useSuspenseInfiniteQuery(turnsQuery(deps, id));
  const news = useConversationNews(id);
  const live = useLiveTurn(conversation.activeTurnId);
  const entries = transcriptOf(itemsOf(messages.data), itemsOf(turns.data), apart ? null : live);
  const { scroller, content, away, jump } = useStickToEnd();
  const names = { visitor: visitorName(conversation), agent: conversation.agentName };
  const earlier = () => {
    if (turns.hasNextPage) void turns.fetchNextPage();
    return messages.fetchNextPage();
  };
  return (
    <section aria-labelledby="conversation" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <Header conversation={conversation} connection={news.connection} />
      {apart && <Apart onBack={() => turnTo(undefined)} />}
      <div className="relative min-h-0 flex-1" aria-busy={turning}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <div ref={scroller} tabIndex={0} className="h-full overflow-y-auto -outline-offset-2">
          <div ref={content} className="mx-auto flex max-w-4xl flex-col gap-6 px-4 py-6 sm:px-6">
            <MoreButton
              query={{ ...messages, fetchNextPage: earlier }}
              label="Show earlier messages"
            />
            {entries.map((entry) => (
              <EntryView key={entry.key} entry={entry} names={names} onTurn={turnTo} />
            ))}
            {entries.length === 0 && (
              <p className="py-12 text-center text-muted">No messages yet.</p>
            )}
            {news.deleted && <Alert title="The visitor has deleted this conversation" />}
          </div>
        </div>
        {away && (
          <Button
            size="sm"
            onClick={jump}
            className="absolute bottom-4 left-1/2 -translate-x-1/2 rounded-full shadow-float"
          >
            <ArrowDown aria-hidden /> Jump to latest
          </Button>
        )}
      </div>
      {!news.deleted && <ReplyBar conversation={conversation} typing={news.typing} />}
    </section>
  );
}

/** Says that the visitor sees another branch, and leads there. */
function Apart({ onBack }: { onBack: () => void }) {
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b bg-accent-soft px-4 py-2 text-[0.8125rem] sm:px-6"
    >
      <span>You are reading another version than the one that the visitor sees.</span>
      <Button variant="link" size="inline" onClick={onBack}>
        Show the visitor's
      </Button>
    </div>
  );
}

interface EntryViewProps {
  entry: Entry;
  names: Names;
  onTurn(version: string): void;
}

export function EntryView({ entry, names, onTurn }: EntryViewProps) {
  switch (entry.kind) {
    case "message": {
      const { message, turn } = entry;
      return <MessageView message={message} turn={turn} names={names} onTurn={onTurn} />;
    }
    case "live":
      return <LiveMessage live={entry.live} turn={entry.turn} names={names} />;
    case "missing":
      return <MissingAnswer turn={entry.turn} names={names} />;
  }
}

interface HeaderProps {
  conversation: Conversation;
  connection: Connection;
}

function Header({ conversation, connection }: HeaderProps) {
  const { agentId, agentName, createdAt, visitor } = conversation;
  return (
    <header className="flex items-start gap-3 border-b bg-paper px-4 py-3 sm:px-6">
      <Button asChild variant="ghost" size="iconSm" className="-ms-2 lg:hidden">
        <Link to="/conversations" search={(before) => before} aria-label="All conversations">
          <ChevronLeft className="rtl:rotate-180" aria-hidden />
        </Link>
      </Button>
      <div className="flex min-w-0 flex-1 flex-col gap-0.5">
        <h1 id="conversation" className="truncate font-semibold text-base tracking-tight">
          {titleOf(conversation)}
        </h1>
        <p className="truncate text-[0.8125rem] text-muted">
          {visitorName(conversation)}
          {visitor?.name && visitor.email && ` (${visitor.email})`} with{" "}
          <Link
            to="/agents/$agentId"
            params={{ agentId }}
            className="font-medium text-accent-text underline-offset-4 hover:underline"
          >
            {agentName}
          </Link>
          , since {formatTime(createdAt)}
        </p>
      </div>
      <ConnectionNote connection={connection} />
    </header>
  );
}

function ConnectionNote({ connection }: { connection: Connection }) {
  return (
    <span role="status" className="shrink-0 pt-1 text-faint text-xs">
      {connection === "live" && <LiveDot label="Live" />}
      {connection === "lost" && "Reconnecting…"}
    </span>
  );
}
