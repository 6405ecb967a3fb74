import { useMutation } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { conversationQuery, messagesQuery, turnsQuery } from "@/features/conversations/queries";
import { type Asks, playgroundQuery, playgroundsQuery } from "@/features/playground/queries";

interface Wish {
  /** What is said, or the message that is to be answered anew. */
  text?: string;
  regenerate?: string;
}

/** Asks the draft, as it is then. The first question makes the conversation; its id comes back. */
export function useAsk(id: string | undefined, asks: Asks) {
  const deps = useDeps();
  const { agent, saver } = useEditor();
  return useMutation({
    mutationFn: async ({ text, regenerate }: Wish) => {
      await saver.flush();
      const run = id ?? (await begin());
      const message = text === undefined ? undefined : { parts: [{ type: "text" as const, text }] };
      const params = { path: { id: run } };
      await bodyOf(
        deps.api.POST("/v1/playground/{id}/turns", { params, body: { message, regenerate } }),
      );
      await Promise.all([
        deps.queries.ensureQueryData(playgroundQuery(deps, run)),
        deps.queries.ensureQueryData(conversationQuery(deps, run)),
        deps.queries.ensureInfiniteQueryData(messagesQuery(deps, run)),
        deps.queries.ensureInfiniteQueryData(turnsQuery(deps, run)),
      ]);
      return run;
    },
    onSettled: () => {
      if (id) void deps.queries.invalidateQueries({ queryKey: ["conversations", id] });
      void deps.queries.invalidateQueries({ queryKey: playgroundsQuery(deps, agent.id).queryKey });
    },
  });

  async function begin(): Promise<string> {
    const params = { path: { id: agent.id } };
    const made = await bodyOf(
      deps.api.POST("/v1/agents/{id}/playground", { params, body: { asks } }),
    );
    return made.id;
  }
}

export function useStop(id: string) {
  const { api } = useDeps();
  return useMutation({
    mutationFn: () => api.POST("/v1/playground/{id}/stop", { params: { path: { id } } }),
  });
}

/** Changes what the person is asked about from now on. */
export function usePutAsks(id: string) {
  const deps = useDeps();
  return useMutation({
    mutationFn: (asks: Asks) =>
      bodyOf(deps.api.PATCH("/v1/playground/{id}", { params: { path: { id } }, body: { asks } })),
    onSuccess: (run) => deps.queries.setQueryData(playgroundQuery(deps, id).queryKey, run),
  });
}

export function useDelete(id: string) {
  const deps = useDeps();
  const { agent } = useEditor();
  return useMutation({
    mutationFn: () => deps.api.DELETE("/v1/playground/{id}", { params: { path: { id } } }),
    onSuccess: () =>
      deps.queries.invalidateQueries({ queryKey: playgroundsQuery(deps, agent.id).queryKey }),
  });
}

export interface Said {
  approval: string;
  argumentsHash: string;
  approve: boolean;
}

export function useDecide(id: string) {
  const deps = useDeps();
  return useMutation({
    mutationFn: ({ approval, ...body }: Said) =>
      bodyOf(
        deps.api.POST("/v1/playground/{id}/approvals/{approval}/decision", {
          params: { path: { id, approval } },
          body,
        }),
      ),
    onSettled: () => deps.queries.invalidateQueries({ queryKey: ["conversations", id] }),
  });
}
