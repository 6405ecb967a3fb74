import { useSuspenseQuery } from "@tanstack/react-query";
import type { Identity } from "@/api/types";
import { useDeps } from "@/deps";
import { meQuery } from "@/features/session/queries";

/** The person who is signed in. */
export function useMe(): Identity {
  return useSuspenseQuery(meQuery(useDeps())).data;
}
