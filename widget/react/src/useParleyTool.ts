import { useEffect, useRef } from "react";
import type { ToolHandler, Tools } from "../../loader/types";
import { lend } from "./current";

/** Lends the agent a function of the page for as long as the component is there. */
export function useParleyTool<Input>(
  name: string,
  handler: (input: Input, call: Parameters<ToolHandler>[1]) => unknown,
): void {
  useTools({ [name]: handler });
}

/** The handlers may be new ones with each drawing; the names count. */
export function useTools(tools: Tools = {}): void {
  const latest = useRef(tools);
  latest.current = tools;
  const names = Object.keys(tools).join(" ");
  useEffect(() => {
    const lent: Tools = {};
    for (const name of names.split(" ").filter(Boolean)) {
      lent[name] = (...call) => latest.current[name]?.(...call);
    }
    return lend(lent);
  }, [names]);
}
