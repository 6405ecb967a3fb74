import { useEffect, useState } from "react";
import type * as Module from "./Calls";

let fetched: typeof Module | undefined;

/** What draws and tells calls of tools: fetched when the first call is seen, since most chats have none. */
export function useCalls(wanted: boolean): typeof Module | undefined {
  const [calls, setCalls] = useState(fetched);
  useEffect(() => {
    if (!wanted || calls) return;
    const take = (module: typeof Module) => {
      fetched = module;
      setCalls(module);
    };
    import("./Calls").then(take, () => {}); // A lost chunk must not take the chat with it.
  }, [wanted, calls]);
  return calls;
}
