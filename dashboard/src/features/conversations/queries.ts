import { queryOptions } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import { pagesQuery } from "@/api/pages";
import type { Deps } from "@/deps";

export interface ConversationFilter {
  /** Words to look for in titles and messages. */
  query?: string;
  agentId?: string;
  /** Only those whose visitors wait for a person's word. */
  waiting?: boolean;
}

export const conversationsQuery = ({ api }: Deps, filter: ConversationFilter) =>
  pagesQuery(["conversations", "list", filter], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/admin/conversations", {
        params: { query: { ...filter, cursor, limit: 30 } },
        signal,
      }),
    ),
  );

export const conversationQuery = ({ api }: Deps, id: string) =>
  queryOptions({
    queryKey: ["conversations", id],
    queryFn: ({ signal }) =>
      bodyOf(api.GET("/v1/admin/conversations/{id}", { params: { path: { id } }, signal })),
  });

/**
 * Newest first: the page that is wanted first is the conversation's end. Without `branchOf`, a
 * message of the branch to read, it is what the visitor sees.
 */
export const messagesQuery = ({ api }: Deps, id: string, branchOf?: string) =>
  pagesQuery(["conversations", id, "messages", branchOf ?? null], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/admin/conversations/{id}/messages", {
        params: { path: { id }, query: { cursor, limit: 50, order: "desc", branchOf } },
        signal,
      }),
    ),
  );

export const turnsQuery = ({ api }: Deps, id: string) =>
  pagesQuery(["conversations", id, "turns"], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/admin/conversations/{id}/turns", {
        params: { path: { id }, query: { cursor, limit: 50 } },
        signal,
      }),
    ),
  );

export const waitingCountQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: ["conversations", "waiting"],
    queryFn: ({ signal }) => bodyOf(api.GET("/v1/admin/conversations/waiting", { signal })),
  });
