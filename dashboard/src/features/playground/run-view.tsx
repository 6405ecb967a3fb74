import { useSuspenseInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { ArrowDown } from "lucide-react";
import { type ReactNode, useState } from "react";
import { itemsOf } from "@/api/pages";
import { MoreButton } from "@/components/more-button";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { EntryView } from "@/features/conversations/conversation-view";
import { conversationQuery, turnsQuery } from "@/features/conversations/queries";
import { ToolLinksContext } from "@/features/conversations/tool-call";
import { transcriptOf } from "@/features/conversations/transcript";
import { useBranch } from "@/features/conversations/use-branch";
import { useConversationNews, useLiveTurn } from "@/features/conversations/use-live";
import { useStickToEnd } from "@/features/conversations/use-stick-to-end";
import { Composer } from "@/features/playground/composer";
import { PlayApprovals } from "@/features/playground/play-approvals";
import { NoTrace, PlayFrame, Settings, useDraftTrouble } from "@/features/playground/play-frame";
import { playgroundQuery } from "@/features/playground/queries";
import { RunTrace } from "@/features/playground/run-trace";
import { useAsk, usePutAsks, useStop } from "@/features/playground/use-play";
import { TracePlaceContext } from "@/features/traces/open-trace";

interface RunViewProps {
  id: string;
  menu: ReactNode;
}

/** A conversation with the draft, and the trace of one of its answers. */
export function RunView({ id, menu }: RunViewProps) {
  const deps = useDeps();
  const { data: run } = useSuspenseQuery(playgroundQuery(deps, id));
  const turns = itemsOf(useSuspenseInfiniteQuery(turnsQuery(deps, id)).data);
  const putAsks = usePutAsks(id);
  const [chosen, choose] = useState<string>();
  const ask = useAsk(id, run.asks);
  const asks = putAsks.isPending ? putAsks.variables : run.asks;
  const shown = turns.find((turn) => turn.id === chosen) ?? turns[0];
  const again = async (regenerate: string) => {
    await ask.mutateAsync({ regenerate });
    choose(undefined);
  };
  return (
    <TracePlaceContext value={{ shown: shown?.id, show: choose }}>
      <ToolLinksContext value={false}>
        <PlayFrame
          menu={menu}
          settings={
            <>
              <Settings asks={asks} onChange={(next) => putAsks.mutate(next)} />
              {putAsks.isError && <ProblemAlert error={putAsks.error} />}
            </>
          }
          chat={
            <Chat
              id={id}
              busy={ask.isPending}
              failure={ask.error}
              onSend={async (text) => {
                await ask.mutateAsync({ text });
                choose(undefined);
              }}
            />
          }
          trace={
            shown ? (
              <RunTrace
                key={shown.id}
                turn={shown}
                turns={turns}
                busy={ask.isPending}
                onAgain={() => void again(shown.userMessageId).catch(() => undefined)}
              />
            ) : (
              <NoTrace />
            )
          }
        />
      </ToolLinksContext>
    </TracePlaceContext>
  );
}

interface ChatProps {
  id: string;
  busy: boolean;
  failure: unknown;
  onSend: (text: string) => Promise<unknown>;
}

function Chat({ id, busy, failure, onSend }: ChatProps) {
  const deps = useDeps();
  const { agent } = useEditor();
  const { data: conversation } = useSuspenseQuery(conversationQuery(deps, id));
  const turns = useSuspenseInfiniteQuery(turnsQuery(deps, id));
  const { messages, apart, turnTo } = useBranch(id);
  const news = useConversationNews(id);
  const live = useLiveTurn(conversation.activeTurnId);
  const stop = useStop(id);
  const { scroller, content, away, jump } = useStickToEnd();
  const blocked = useDraftTrouble();
  const all = itemsOf(turns.data);
  const entries = transcriptOf(itemsOf(messages.data), all, apart ? null : live);
  const waits = all.some(({ status }) => status === "running" || status === "awaiting_approval");
  const names = { visitor: "You", agent: agent.name };
  const earlier = () => {
    if (turns.hasNextPage) void turns.fetchNextPage();
    return messages.fetchNextPage();
  };
  return (
    <>
      {apart && (
        <p className="border-b bg-accent-soft px-4 py-2 text-[0.8125rem]" role="status">
          This is an earlier version.{" "}
          <Button variant="link" size="inline" onClick={() => turnTo(undefined)}>
            Show the newest
          </Button>
        </p>
      )}
      <div className="relative min-h-0 flex-1">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <div ref={scroller} tabIndex={0} className="h-full overflow-y-auto -outline-offset-2">
          <div ref={content} className="flex flex-col gap-5 p-4">
            <MoreButton
              query={{ ...messages, fetchNextPage: earlier }}
              label="Show earlier messages"
            />
            {entries.map((entry) => (
              <EntryView key={entry.key} entry={entry} names={names} onTurn={turnTo} />
            ))}
            <PlayApprovals id={id} busy={waits || conversation.activeTurnId !== undefined} />
            {failure !== null && <ProblemAlert error={failure} />}
          </div>
        </div>
        {away && (
          <Button
            size="sm"
            onClick={jump}
            className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-float"
          >
            <ArrowDown aria-hidden /> Jump to latest
          </Button>
        )}
      </div>
      <p role="status" className="sr-only">
        {news.connection === "lost" && "Reconnecting"}
      </p>
      <Composer
        busy={busy}
        blocked={blocked}
        onSend={onSend}
        onStop={conversation.activeTurnId ? () => stop.mutate() : undefined}
      />
    </>
  );
}
