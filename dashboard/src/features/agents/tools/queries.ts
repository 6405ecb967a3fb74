import { queryOptions, useMutation } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import type { Tool } from "@/api/types";
import { type Deps, useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";

export const builtInToolsQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: ["tools", "builtin"],
    queryFn: ({ signal }) => bodyOf(api.GET("/v1/tools/builtin", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/**
 * Puts the agent's tools in place of what there was. The rest of the draft is saved first, so that
 * what the server refuses is about the tools.
 */
export function useSaveTools() {
  const deps = useDeps();
  const { agent, saver, load } = useEditor();
  return useMutation({
    mutationFn: async (tools: Tool[]) => {
      await saver.flush();
      const params = { path: { id: agent.id } };
      const body = { revision: saver.currentRevision, draft: { tools } };
      return bodyOf(deps.api.PATCH("/v1/agents/{id}", { params, body }));
    },
    onSuccess: load,
  });
}
