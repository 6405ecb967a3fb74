import type { TurnReceipt } from "../net/api";
import { backoffMs, pause } from "../net/backoff";
import { asProblem } from "../net/problem";
import type { Wish } from "../protocol";
import { type Context, complaintOf, report } from "./context";

/** Tries while the network is there; while it is away, waiting costs nothing. */
const TRIES = 5;

/**
 * Sends messages in the order they were written. A wish's key is the idempotency
 * key, so a message that got through without our knowing is joined, never sent
 * twice.
 */
export class Outbox {
  #queue: Promise<void> = Promise.resolve();
  readonly #line = new AbortController();

  readonly #context: Context;
  readonly #onSent: (receipt: TurnReceipt, wish: Wish) => void;
  readonly #onConversation: (id: string) => void;

  constructor(
    context: Context,
    onSent: (receipt: TurnReceipt, wish: Wish) => void,
    onConversation: (id: string) => void,
  ) {
    this.#context = context;
    this.#onSent = onSent;
    this.#onConversation = onConversation;
  }

  /** Resolves when everything that was written so far is sent or refused. */
  get settled(): Promise<void> {
    return this.#queue;
  }

  /** `entry` is what is drawn of the wish: a question that is asked again has a key already. */
  send(wish: Wish, entry: string = wish.key): void {
    this.#context.store.dispatch({ type: "message-sending", key: entry, wish });
    this.#queue = this.#queue.then(() => this.#deliver(wish, entry));
  }

  /** Tries a refused message again. */
  resend(key: string): void {
    const entry = this.#context.store.get().thread.entries.find((e) => e.key === key);
    if (entry?.state === "unsent" && entry.wish) this.send(entry.wish, key);
  }

  close(): void {
    this.#line.abort();
  }

  async #deliver(wish: Wish, key: string): Promise<void> {
    const { store, emit } = this.#context;
    try {
      const conversationId = await this.#patiently(() => this.#conversation(key));
      const receipt = await this.#patiently(() => this.#post(conversationId, wish));
      const { turnId, steered, userMessageId: id } = receipt;
      store.dispatch({ type: "message-sent", key, turnId, steered, ...(id ? { id } : {}) });
      if (key === wish.key) {
        const { text } = wish;
        emit("message", { ...(id ? { id } : {}), role: "user", text, conversationId });
      }
      this.#onSent(receipt, wish);
    } catch (error) {
      if (this.#line.signal.aborted) return;
      const problem = asProblem(error);
      store.dispatch({ type: "message-unsent", key, complaint: complaintOf(problem) });
      report(emit, problem);
    }
  }

  #post(conversationId: string, wish: Wish): Promise<TurnReceipt> {
    const { api, store } = this.#context;
    const answering = store.get().thread.turn !== undefined;
    return answering ? api.steer(conversationId, wish) : api.ask(conversationId, wish);
  }

  async #conversation(key: string): Promise<string> {
    const { api, store } = this.#context;
    const { conversationId } = store.get().thread;
    if (conversationId) return conversationId;
    const { id } = await api.createConversation(`conversation-${key}`);
    this.#line.signal.throwIfAborted();
    store.dispatch({ type: "conversation-created", conversationId: id });
    this.#onConversation(id);
    return id;
  }

  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; ) {
      try {
        const result = await attempt();
        // The visitor has gone to another conversation: the answer is read when they return.
        this.#line.signal.throwIfAborted();
        return result;
      } catch (error) {
        if (tries >= TRIES || !asProblem(error).passing || this.#line.signal.aborted) throw error;
      }
      await pause(backoffMs(tries), this.#line.signal);
      if (navigator.onLine) tries++;
    }
  }
}
