import { Shell } from "./shell";
import type { MountPanel, Settings } from "./types";

/** Where the built panel lies beside this script; the build fills it in. */
declare const __PANEL__: string;

type Call = [name: string, ...args: unknown[]];

interface Api {
  (...call: Call): unknown;
  /** Calls made by the page before this script arrived. */
  q?: Call[];
}

declare global {
  interface Window {
    Parley?: Api;
  }
}

const COMMANDS = ["open", "close", "toggle", "send", "identify", "on", "tool", "shutdown"] as const;
type Command = (typeof COMMANDS)[number];

/** What the tag says; empty attributes count as absent, so that the agent's look shows. */
function settingsOf(script: HTMLScriptElement): Settings | undefined {
  const { agent, key, icon, locale, api, color, position, theme } = script.dataset;
  if (!agent || !key) return undefined;
  const look = { color, position, theme, iconUrl: icon };
  return {
    ...Object.fromEntries(Object.entries(look).filter(([, value]) => value)),
    apiUrl: new URL(api ?? ".", script.src).href,
    agentId: agent,
    publishableKey: key,
    locale: locale || document.documentElement.lang || navigator.language,
  };
}

function start(script: HTMLScriptElement): void {
  const settings = settingsOf(script);
  if (!settings || document.querySelector("parley-widget")) return;
  const panelUrl = new URL(__PANEL__, script.src).href;
  const load = async () =>
    ((await import(/* @vite-ignore */ panelUrl)) as { mount: MountPanel }).mount;
  let shell: Shell | undefined = new Shell(settings, load);

  const call = (...[name, ...args]: Call): unknown => {
    if (!COMMANDS.includes(name as Command)) return undefined;
    // After a shutdown the next call begins anew, for the next person.
    if (!shell && name !== "shutdown" && name !== "close") shell = new Shell(settings, load);
    const method = shell?.[name as Command] as ((...args: unknown[]) => unknown) | undefined;
    const result = method?.apply(shell, args);
    if (name === "shutdown") shell = undefined;
    return result;
  };

  const early = window.Parley?.q ?? [];
  window.Parley = call;
  for (const queued of early) call(...queued);
  const asked = new URLSearchParams(location.search).get("chat") === "open";
  if (asked || (script.dataset.open ?? "false") !== "false") shell.open(false);
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  if (document.body) start(script);
  else addEventListener("DOMContentLoaded", () => start(script));
}
