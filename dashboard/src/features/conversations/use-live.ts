import { foldEvent, type LiveTurn, newTurn } from "@parley/widget/state/turn";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type Connection, followEvents, type ServerEvent } from "@/api/events";
import type { Chunk, ConversationEvent } from "@/api/types";
import { useDeps } from "@/deps";
import { useVisible } from "@/lib/use-visible";

interface News {
  connection: Connection;
  deleted: boolean;
  /** The visitor writes right now. */
  typing: boolean;
}

/** How long after the last word of it somebody is taken to be typing. */
const typingLasts = 5_000; // ms

/**
 * Follows a conversation: whatever happens in it is read again at once. A hidden tab lets go of the
 * line, since a browser has only six for all of them.
 */
export function useConversationNews(id: string): News {
  const { baseUrl } = useDeps();
  const queries = useQueryClient();
  const visible = useVisible();
  const [news, setNews] = useState<News>({
    connection: "connecting",
    deleted: false,
    typing: false,
  });
  useEffect(() => {
    if (!visible) return;
    const stop = new AbortController();
    let silence: ReturnType<typeof setTimeout> | undefined;
    const setTyping = (typing: boolean) => {
      clearTimeout(silence);
      if (typing) silence = setTimeout(() => setTyping(false), typingLasts);
      setNews((before) => (before.typing === typing ? before : { ...before, typing }));
    };
    const refresh = () => {
      void queries.invalidateQueries({ queryKey: ["conversations", id] });
      void queries.invalidateQueries({ queryKey: ["conversations", "list"] });
    };
    void followEvents({
      url: `${baseUrl}/v1/admin/conversations/${id}/stream`,
      signal: stop.signal,
      onEvents: (events) => {
        const heard = events.map(({ data }): ConversationEvent => JSON.parse(data));
        const lasting = heard.filter(({ type }) => type !== "typing");
        if (heard.some(isTyping)) setTyping(true);
        if (lasting.some(({ role }) => role === "user")) setTyping(false);
        const deleted = lasting.some(({ type }) => type === "deleted");
        if (deleted) setNews((before) => ({ ...before, deleted }));
        else if (lasting.length > 0) refresh();
        return deleted;
      },
      onConnection: (connection) => {
        setNews((before) => ({ ...before, connection }));
        // What happened between the reading of the page and this moment is in no event.
        if (connection === "live") refresh();
      },
    });
    return () => {
      clearTimeout(silence);
      stop.abort();
    };
  }, [baseUrl, id, queries, visible]);
  return news;
}

function isTyping({ type, role }: ConversationEvent): boolean {
  return type === "typing" && role === "user";
}

/**
 * The answer of a turn as it is written. It stays after the turn has ended, until the stored
 * message takes its place.
 */
export function useLiveTurn(turnId: string | undefined): LiveTurn | null {
  const { baseUrl } = useDeps();
  const visible = useVisible();
  const [turn, setTurn] = useState<LiveTurn | null>(null);
  const latest = useRef(turn);
  useEffect(() => {
    if (!turnId || !visible) return;
    const stop = new AbortController();
    const show = (next: LiveTurn) => {
      latest.current = next;
      setTurn(next);
    };
    const known = latest.current?.id === turnId ? latest.current : newTurn(turnId);
    show(known);
    void followEvents({
      url: `${baseUrl}/v1/admin/turns/${turnId}/stream`,
      after: known.seq > 0 ? String(known.seq) : "",
      signal: stop.signal,
      onEvents: (events) => {
        const chunks = events.filter(({ data }) => data !== "[DONE]");
        show(chunks.reduce(foldServerEvent, latest.current ?? known));
        return chunks.length < events.length;
      },
      onConnection: () => undefined, // the conversation's own stream shows the connection
    });
    return () => stop.abort();
  }, [baseUrl, turnId, visible]);
  return turn;
}

function foldServerEvent(turn: LiveTurn, { id, data }: ServerEvent): LiveTurn {
  const chunk: Chunk = JSON.parse(data);
  return foldEvent(turn, { seq: Number(id), chunk });
}
