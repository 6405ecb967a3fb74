import { useEffect, useState } from "react";

/** A part of the panel that is fetched when it is first wanted, since most chats never want it. */
function lazy<M>(fetch: () => Promise<M>): (wanted: boolean) => M | undefined {
  let fetched: M | undefined;
  return (wanted) => {
    const [module, setModule] = useState(fetched);
    useEffect(() => {
      const take = (found: M) => {
        fetched = found;
        setModule(() => found);
      };
      // A lost chunk must not take the chat with it.
      if (wanted && !module) fetch().then(take, () => {});
    }, [wanted, module]);
    return module;
  };
}

/** What draws and tells calls of tools. */
export const useCalls = lazy(() => import("./Calls"));
/** What says who answers when people do. */
export const usePeople = lazy(() => import("./People"));
/** The visitor's other conversations. */
export const useList = lazy(() => import("./ConversationList"));
