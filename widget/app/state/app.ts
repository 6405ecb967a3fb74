import type { Conversation, WidgetConfig } from "../protocol";
import {
  type Complaint,
  emptyThread,
  type Thread,
  type ThreadAction,
  threadReducer,
} from "./thread";

export interface ConversationList {
  phase: "loading" | "ready" | "failed";
  items: Conversation[];
  next?: string;
}

/** Everything that the panel draws. */
export interface State {
  phase: "opening" | "ready" | "failed";
  complaint?: Complaint;
  config?: WidgetConfig;
  screen: "chat" | "list";
  open: boolean;
  /** Whether the panel takes the focus when it opens. */
  takesFocus: boolean;
  online: boolean;
  /** Whether the stream that matters now is connected. */
  live: boolean;
  thread: Thread;
  /** What the server last said of a conversation that was open. */
  conversation?: Conversation;
  /** When somebody of the team was last seen typing. */
  typingAt?: number;
  list: ConversationList;
}

export type Action =
  | ThreadAction
  | { type: "session-opening" }
  | { type: "session-ready"; config: WidgetConfig }
  | { type: "session-failed"; complaint: Complaint }
  | { type: "panel"; open: boolean; focus: boolean }
  | { type: "screen"; screen: State["screen"] }
  | { type: "online"; online: boolean }
  | { type: "link"; live: boolean }
  | { type: "conversation"; conversation: Conversation }
  | { type: "typing"; typingAt: number }
  | { type: "list-loading" }
  | { type: "list-failed" }
  | { type: "list-loaded"; items: Conversation[]; next?: string; more: boolean };

export const initialState: State = {
  phase: "opening",
  screen: "chat",
  open: false,
  takesFocus: false,
  online: true,
  live: true,
  thread: emptyThread,
  list: { phase: "loading", items: [] },
};

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "session-opening":
      return { ...withoutComplaint(state), phase: "opening" };
    case "session-ready":
      return { ...withoutComplaint(state), phase: "ready", config: action.config };
    case "session-failed":
      return { ...state, phase: "failed", complaint: action.complaint };
    case "panel":
      return { ...state, open: action.open, takesFocus: action.focus };
    case "screen":
      return { ...state, screen: action.screen };
    case "online":
      return { ...state, online: action.online };
    case "link":
      return state.live === action.live ? state : { ...state, live: action.live };
    case "conversation":
      return { ...state, conversation: action.conversation };
    case "typing":
      return { ...state, typingAt: action.typingAt };
    case "list-loading":
    case "list-failed":
    case "list-loaded":
      return { ...state, list: reduceList(state.list, action) };
    default:
      return { ...state, thread: threadReducer(state.thread, action) };
  }
}

type ListAction = Extract<Action, { type: `list-${string}` }>;

function reduceList(list: ConversationList, action: ListAction): ConversationList {
  switch (action.type) {
    case "list-loading":
      return { ...list, phase: "loading" };
    case "list-failed":
      return { ...list, phase: "failed" };
    case "list-loaded": {
      const items = action.more ? [...list.items, ...action.items] : action.items;
      return { phase: "ready", items, ...(action.next ? { next: action.next } : {}) };
    }
  }
}

function withoutComplaint(state: State): State {
  const { complaint: _, ...rest } = state;
  return rest;
}
