import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { useState, useTransition } from "react";
import { itemsOf } from "@/api/pages";
import { useDeps } from "@/deps";
import { messagesQuery } from "@/features/conversations/queries";

/**
 * The branch of a conversation that is read here: what the visitor sees, or another one that its
 * reader has turned to. What the visitor sees stays as it is.
 */
export function useBranch(id: string) {
  const deps = useDeps();
  const [branchOf, setBranchOf] = useState<string>();
  const [turning, startTransition] = useTransition();
  const visitors = useSuspenseInfiniteQuery(messagesQuery(deps, id));
  const messages = useSuspenseInfiniteQuery(messagesQuery(deps, id, branchOf));
  const newest = itemsOf(messages.data)[0]?.id;
  return {
    messages,
    /** Another branch than the visitor's. */
    apart: newest !== itemsOf(visitors.data)[0]?.id,
    turning,
    turnTo: (message: string | undefined) => startTransition(() => setBranchOf(message)),
  };
}
