import { queryOptions } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import { pagesQuery } from "@/api/pages";
import type { Playground } from "@/api/types";
import type { Deps } from "@/deps";

export type Asks = Playground["asks"];

export const playgroundsQuery = ({ api }: Deps, agentId: string) =>
  pagesQuery(["playgrounds", agentId], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/agents/{id}/playground", {
        params: { path: { id: agentId }, query: { cursor, limit: 20 } },
        signal,
      }),
    ),
  );

/** The keys lie below the conversation's, so that its news refresh them as well. */
export const playgroundQuery = ({ api }: Deps, id: string) =>
  queryOptions({
    queryKey: ["conversations", id, "playground"],
    queryFn: ({ signal }) =>
      bodyOf(api.GET("/v1/playground/{id}", { params: { path: { id } }, signal })),
  });

const lookEvery = 1_500; // ms, while something can still be asked

export const playApprovalsQuery = ({ api }: Deps, id: string, busy: boolean) =>
  queryOptions({
    queryKey: ["conversations", id, "play-approvals"],
    queryFn: ({ signal }) =>
      bodyOf(api.GET("/v1/playground/{id}/approvals", { params: { path: { id } }, signal })),
    refetchInterval: busy && lookEvery,
  });
