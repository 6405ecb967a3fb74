import { queryOptions } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import type { Deps } from "@/deps";

export const meKey = ["me"] as const;

/** Who is signed in, as whom, and where the platform's other parts are. */
export const meQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: meKey,
    queryFn: ({ signal }) => bodyOf(api.GET("/v1/me", { signal })),
    staleTime: 60_000,
  });
