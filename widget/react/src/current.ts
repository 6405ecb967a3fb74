import type { Shell } from "../../loader/shell";
import type { Tools } from "../../loader/types";

type Command = (shell: Shell) => void;

/**
 * The chat that is on the page: there is one. Commands given before it is there
 * wait for it, so that a page need not know which of its parts is ready first.
 */
let shell: Shell | undefined;
let restart = () => {};
let isOpen = false;
let waiting: Command[] = [];
const watchers = new Set<() => void>();
/** What the page can do for the agent, whichever of its parts does it. */
const tools: Tools = {};

/** Takes a chat in; `again` puts a fresh one in its place. */
export function arrive(arrived: Shell, again: () => void): void {
  shell = arrived;
  arrived.tools = tools;
  restart = again;
  setOpen(arrived.element.hasAttribute("open"));
  arrived.on("open", () => setOpen(true));
  arrived.on("close", () => setOpen(false));
  const commands = waiting;
  waiting = [];
  for (const command of commands) command(arrived);
}

/** Lends the agent functions of the page, until the returned function is called. */
export function lend(lent: Tools): () => void {
  Object.assign(tools, lent);
  return () => {
    for (const [name, handler] of Object.entries(lent)) {
      if (tools[name] === handler) delete tools[name];
    }
  };
}

export function leave(left: Shell): void {
  if (shell !== left) return;
  shell = undefined;
  setOpen(false);
}

export function command(run: Command): void {
  if (shell) run(shell);
  else waiting.push(run);
}

/** Forgets the visitor and begins anew, for whoever comes next. */
export function forget(): void {
  shell?.remove(true);
  restart();
}

export function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function currentlyOpen(): boolean {
  return isOpen;
}

function setOpen(open: boolean): void {
  isOpen = open;
  for (const watcher of watchers) watcher();
}
