import { useEffect, useRef, useState } from "react";
import { Shell } from "../../loader/shell";
import type { EventDetails, Settings, Tools } from "../../loader/types";
import { arrive, leave } from "./current";
import { useTools } from "./useParleyTool";

export interface ParleyProps {
  /** Where Parley answers, such as "https://chat.example.com". */
  apiUrl: string;
  /** The agent's id. */
  agent: string;
  /** A publishable key, which begins with pk_. */
  publishableKey: string;
  /** The brand's colour as #rrggbb; without it the agent's own. */
  color?: string;
  position?: "bottom-right" | "bottom-left";
  /** The address of a picture for the launcher and the header. */
  icon?: string;
  theme?: "light" | "dark" | "auto";
  /** A language tag; without it the page's language, then the browser's. */
  locale?: string;
  /** Shows the chat opened at first. */
  defaultOpen?: boolean;
  /** What the page does for the agent, by the names of its client tools. */
  tools?: Tools;
  onOpen?: () => void;
  onClose?: () => void;
  onMessage?: (message: EventDetails["message"]) => void;
  onError?: (error: EventDetails["error"]) => void;
}

/**
 * Parley's chat: a launcher in the corner of the page and the conversation that
 * it opens. Draws nothing where it stands; one on a page is enough.
 */
export function Parley(props: ParleyProps): null {
  const { apiUrl, agent, publishableKey, color, position, icon, theme, locale } = props;
  const [round, setRound] = useState(0);
  const latest = useRef(props);
  latest.current = props;
  useTools(props.tools);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is a new chat
  useEffect(() => {
    const settings: Settings = {
      ...look({ color, position, theme, iconUrl: icon }),
      apiUrl: apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`,
      agentId: agent,
      publishableKey,
      locale: locale || document.documentElement.lang || navigator.language,
    };
    const shell = new Shell(settings, async () => (await import("../../app/mount")).mount);
    shell.on("open", () => latest.current.onOpen?.());
    shell.on("close", () => latest.current.onClose?.());
    shell.on("message", (message) => latest.current.onMessage?.(message));
    shell.on("error", (error) => latest.current.onError?.(error));
    arrive(shell, () => setRound((last) => last + 1));
    if (latest.current.defaultOpen) shell.open(false);
    return () => {
      leave(shell);
      shell.remove(false);
    };
  }, [apiUrl, agent, publishableKey, color, position, icon, theme, locale, round]);

  return null;
}

function look(wanted: Record<string, string | undefined>): Partial<Settings> {
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value));
}
