import { queryOptions } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import type { Deps } from "@/deps";

export const checklistQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: ["launch-checklist"],
    queryFn: ({ signal }) => bodyOf(api.GET("/v1/launch-checklist", { signal })),
    staleTime: 0, // its items turn done elsewhere, on a customer's page even
  });

export const usageQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: ["usage"],
    queryFn: ({ signal }) => bodyOf(api.GET("/v1/usage", { signal })),
  });
