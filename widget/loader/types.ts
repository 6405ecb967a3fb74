import type { WidgetConfig } from "../app/protocol";

/** What a page decides about its widget; what it leaves open, the agent's appearance decides. */
export interface Settings extends Look {
  /** Where the API answers, with a slash at the end. */
  apiUrl: string;
  agentId: string;
  publishableKey: string;
  /** A language tag such as "de" or "pt-BR". */
  locale: string;
}

/** How the launcher and the panel look. */
export interface Look {
  /** #rrggbb or #rgb */
  color?: string;
  position?: string;
  theme?: string;
  iconUrl?: string;
}

/** What the widget tells the page, by the name given to `on`. */
export interface EventDetails {
  open: undefined;
  close: undefined;
  message: { id?: string; role: string; text: string; conversationId: string };
  error: { code: string; message: string };
}

export type EventName = keyof EventDetails;
export type Listener<E extends EventName> = (detail: EventDetails[E]) => void;

/** What a page is asked to do: it gives what the agent is told of it, or a promise of that. */
export type ToolHandler = (
  input: never,
  call: {
    toolCallId: string /** Aborted when nobody waits for it any more. */;
    signal: AbortSignal;
  },
) => unknown;

export type Tools = Record<string, ToolHandler>;

/** The conversation window, which is fetched when it is first wanted. */
export interface Panel {
  /** Takes another configuration than the session gave: a draft's, in the dashboard's preview. */
  show(config: WidgetConfig): void;
  /** `focus` is false when a page restores what was open: it must not steal the caret. */
  setOpen(open: boolean, focus: boolean): void;
  send(text: string): void;
  identify(jwt: string): void;
  /** Ends all requests; with `forget`, this browser no longer knows the visitor. */
  destroy(forget: boolean): void;
}

/** What a panel may do with the shell that holds it. */
export interface Frame {
  readonly settings: Settings;
  readonly root: ShadowRoot;
  readonly element: HTMLElement;
  /** What the page can do for the agent, by name. */
  readonly tools: Tools;
  close(): void;
  /** Shows the agent's look, where the page's own settings leave it open. */
  setLook(look: Look): void;
  setUnread(unread: boolean): void;
  emit<E extends EventName>(event: E, detail: EventDetails[E]): void;
}

export type MountPanel = (frame: Frame) => Panel;
