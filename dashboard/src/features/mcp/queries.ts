import { queryOptions, useMutation } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import type { McpServer, McpServerInput } from "@/api/types";
import { type Deps, useDeps } from "@/deps";

export const mcpServersQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: ["mcp-servers"],
    queryFn: ({ signal }) => bodyOf(api.GET("/v1/mcp-servers", { signal })),
  });

/** Puts what the API said of a server into the list that is shown. */
function keep(deps: Deps, server: McpServer) {
  deps.queries.setQueryData(mcpServersQuery(deps).queryKey, (list) => {
    if (!list) return list;
    const others = list.items.filter(({ id }) => id !== server.id);
    const items = [...others, server].sort((one, other) => one.name.localeCompare(other.name));
    return { ...list, items };
  });
}

const within = (id: string) => ({ params: { path: { id } } });

/** Asks a server what tools it has, now. */
export function useAskServer() {
  const deps = useDeps();
  return useMutation({
    mutationFn: (id: string) =>
      bodyOf(
        deps.api.GET("/v1/mcp-servers/{id}/tools", {
          params: { path: { id }, query: { fresh: true } },
        }),
      ),
    onSuccess: (server) => keep(deps, server),
  });
}

/** A key that is kept as a secret of the workspace, under a name that the server's settings use. */
export interface Key {
  name: string;
  value: string;
}

interface Saved {
  id?: string;
  input: McpServerInput;
  key?: Key;
}

/** Adds a server, or changes one and asks it again. Its key is stored first. */
export function useSaveServer() {
  const deps = useDeps();
  const { api } = deps;
  return useMutation({
    mutationFn: async ({ id, input, key }: Saved) => {
      if (key) {
        const path = { params: { path: { name: key.name } }, body: { value: key.value } };
        await bodyOf(api.PUT("/v1/tool-secrets/{name}", path));
      }
      if (!id) return bodyOf(api.POST("/v1/mcp-servers", { body: input }));
      await bodyOf(api.PUT("/v1/mcp-servers/{id}", { ...within(id), body: input }));
      const again = { params: { path: { id }, query: { fresh: true } } };
      return bodyOf(api.GET("/v1/mcp-servers/{id}/tools", again));
    },
    onSuccess: (server) => keep(deps, server),
    gcTime: 0, // no copy of the key stays behind in the cache
  });
}

export function useRemoveServer() {
  const deps = useDeps();
  return async (id: string) => {
    await bodyOf(deps.api.DELETE("/v1/mcp-servers/{id}", within(id)));
    await deps.queries.invalidateQueries({ queryKey: mcpServersQuery(deps).queryKey });
  };
}
