import { follow } from "../net/follow";
import { asProblem } from "../net/problem";
import type { Frame } from "../net/sse";
import { type ConversationEvent, parseTyped } from "../protocol";
import { type Context, report } from "./context";

export interface NewsDesk {
  /** The line stands: whatever happened before it did must be fetched. */
  onConnected(): void;
  onEvent(event: ConversationEvent): void;
}

/** Holds the open conversation's own stream: other tabs, late answers, staff. */
export class News {
  #listening: { id: string; line: AbortController } | undefined;
  /** How far the conversation has been heard that was listened to last. */
  #heard = { conversationId: "", lastId: "" };

  readonly #context: Context;
  readonly #desk: NewsDesk;

  constructor(context: Context, desk: NewsDesk) {
    this.#context = context;
    this.#desk = desk;
  }

  /** Listens to that conversation, or to none. */
  listen(conversationId: string | undefined): void {
    if (this.#listening?.id === conversationId) return;
    this.#listening?.line.abort();
    this.#listening = undefined;
    if (!conversationId) return;
    if (this.#heard.conversationId !== conversationId) {
      this.#heard = { conversationId, lastId: "" };
    }
    const line = new AbortController();
    this.#listening = { id: conversationId, line };
    void this.#run(conversationId, line.signal);
  }

  async #run(id: string, signal: AbortSignal): Promise<void> {
    const { api, store, emit } = this.#context;
    const heard = this.#heard;
    try {
      await follow(
        {
          connect: (connection) => api.conversationStream(id, heard.lastId, connection),
          frames: (frames) => this.#take(frames, heard),
          link: (live) => {
            if (!store.get().thread.turn) store.dispatch({ type: "link", live });
            if (live) this.#desk.onConnected();
          },
        },
        signal,
      );
    } catch (error) {
      report(emit, asProblem(error));
    }
  }

  #take(frames: Frame[], heard: { lastId: string }): boolean {
    for (const frame of frames) {
      heard.lastId = frame.id;
      const event = parseTyped<ConversationEvent>(frame.data);
      if (event) this.#desk.onEvent(event);
    }
    return false;
  }
}
