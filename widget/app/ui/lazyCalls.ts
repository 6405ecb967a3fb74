import { useEffect, useState } from "react";
import type * as Module from "./Calls";

let fetched: typeof Module | undefined;

/** What draws and tells calls of tools, and all else that is no text: fetched when it is first seen, since most chats have none. */
export function useCalls(wanted: boolean): typeof Module | undefined {
  const [calls, setCalls] = useState(fetched);
  useEffect(() => {
    const take = (module: typeof Module) => {
      fetched = module;
      setCalls(module);
    };
    // A lost chunk must not take the chat with it.
    if (wanted && !calls) import("./Calls").then(take, () => {});
  }, [wanted, calls]);
  return calls;
}
