import { bodyOf } from "@/api/client";
import { pagesQuery } from "@/api/pages";
import type { Deps } from "@/deps";

export const keysQuery = ({ api }: Deps) =>
  pagesQuery(["keys"], (cursor, signal) =>
    bodyOf(api.GET("/v1/keys", { params: { query: { cursor, limit: 100 } }, signal })),
  );
