import { queryOptions } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import { pagesQuery } from "@/api/pages";
import type { Deps } from "@/deps";

export const agentsQuery = ({ api }: Deps) =>
  pagesQuery(["agents", "list"], (cursor, signal) =>
    bodyOf(api.GET("/v1/agents", { params: { query: { cursor, limit: 100 } }, signal })),
  );

export const agentQuery = ({ api }: Deps, id: string) =>
  queryOptions({
    queryKey: ["agents", id],
    queryFn: ({ signal }) =>
      bodyOf(api.GET("/v1/agents/{id}", { params: { path: { id } }, signal })),
  });

export const versionsQuery = ({ api }: Deps, id: string) =>
  pagesQuery(["agents", id, "versions"], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/agents/{id}/versions", {
        params: { path: { id }, query: { cursor, limit: 20 } },
        signal,
      }),
    ),
  );
