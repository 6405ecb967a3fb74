import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { Chat } from "../chat/chat";
import type { Locale } from "../locales";
import type { Strings } from "../locales/en";
import type { State } from "../state/app";

export interface Ui {
  chat: Chat;
  locale: Locale;
  /** The agent's picture, when it has one. */
  iconUrl?: string | undefined;
  close(): void;
  /** The version that was asked for, and which button of its pager did. */
  chosen?: { id: string; button: number } | undefined;
}

export const UiContext = createContext<Ui | undefined>(undefined);

export function useUi(): Ui {
  const ui = useContext(UiContext);
  if (!ui) throw new Error("this part of the panel is drawn outside of it");
  return ui;
}

export function useStrings(): Strings {
  return useUi().locale.strings;
}

/** A slice of the state; `select` must give the same object while nothing changed. */
export function useChatState<T>(select: (state: State) => T): T {
  const { store } = useUi().chat;
  const read = () => select(store.get());
  return useSyncExternalStore(store.subscribe, read, read);
}

/** Phones, and windows too low for a panel that floats. */
export const FULL_SCREEN = "(max-width: 480px), (max-height: 480px)";

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const update = () => setMatches(media.matches);
    media.addEventListener("change", update);
    return () => media.removeEventListener("change", update);
  }, [query]);
  return matches;
}
