import { queryOptions } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import type { Deps } from "@/deps";

export const settingsQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: ["settings"],
    queryFn: ({ signal }) => bodyOf(api.GET("/v1/settings", { signal })),
  });
