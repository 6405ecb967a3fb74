import { useSyncExternalStore } from "react";
import { command, currentlyOpen, forget, watch } from "./current";

/** What a page may ask of its chat. */
export interface ParleyHandle {
  isOpen: boolean;
  open(): void;
  close(): void;
  toggle(): void;
  /** Opens the chat and sends a message in the visitor's name. */
  send(text: string): void;
  /** Ties the chat to the person for whom your own server signed this token. */
  identify(identity: { jwt: string }): void;
  /** Forgets the visitor in this browser: call it when someone signs out. */
  forget(): void;
}

const commands = {
  open: () => command((shell) => shell.open()),
  close: () => command((shell) => shell.close()),
  toggle: () => command((shell) => shell.toggle()),
  send: (text: string) => command((shell) => shell.send(text)),
  identify: (identity: { jwt: string }) => command((shell) => shell.identify(identity)),
  forget,
};

/** Drives the page's `<Parley/>` from anywhere in the React tree. */
export function useParley(): ParleyHandle {
  const isOpen = useSyncExternalStore(watch, currentlyOpen, () => false);
  return { isOpen, ...commands };
}
