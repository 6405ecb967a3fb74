import { queryOptions } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import { isStatus } from "@/api/problem";
import type { Provider } from "@/api/types";
import type { Deps } from "@/deps";

/** The tenant's own provider; null while the platform's answers. */
export const providerQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: ["provider"],
    queryFn: async ({ signal }): Promise<Provider | null> => {
      try {
        return await bodyOf(api.GET("/v1/provider", { signal }));
      } catch (error) {
        if (isStatus(error, 404)) return null;
        throw error;
      }
    },
  });
