import type { QueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import type { Api } from "@/api/client";

/** What loaders and components work with: one object, made once in app.tsx or by a test. */
export interface Deps {
  api: Api;
  queries: QueryClient;
  /** The API's origin. */
  baseUrl: string;
}

const DepsContext = createContext<Deps | null>(null);

export const DepsProvider = DepsContext;

export function useDeps(): Deps {
  const deps = useContext(DepsContext);
  if (!deps) throw new Error("useDeps needs a DepsProvider around it");
  return deps;
}
