import { queryOptions } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import type { Trace } from "@/api/types";
import type { Deps } from "@/deps";

const whileRunning = 1_000; // ms between two looks at an answer that is being given
const whileWaiting = 4_000; // for people

/** The key lies below the conversation's, so that its news refresh the trace as well. */
const keyOf = (conversationId: string, turnId: string) =>
  ["conversations", conversationId, "traces", turnId] as const;

export const traceQuery = ({ api }: Deps, conversationId: string, turnId: string) =>
  queryOptions({
    queryKey: keyOf(conversationId, turnId),
    queryFn: ({ signal }) =>
      bodyOf(api.GET("/v1/turns/{id}/trace", { params: { path: { id: turnId } }, signal })),
    refetchInterval: ({ state }) => pauseOf(state.data),
  });

function pauseOf(trace: Trace | undefined): number | false {
  if (trace?.status === "running") return whileRunning;
  return trace?.status === "awaiting_approval" && whileWaiting;
}

export const promptQuery = ({ api }: Deps, turnId: string, step: number, ended: boolean) =>
  queryOptions({
    // Once the step has ended it is known whether this is what was sent.
    queryKey: ["prompts", turnId, step, ended],
    queryFn: ({ signal }) =>
      bodyOf(
        api.GET("/v1/turns/{id}/trace/{step}/prompt", {
          params: { path: { id: turnId, step } },
          signal,
        }),
      ),
  });
