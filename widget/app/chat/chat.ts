import type { Tools } from "../../loader/types";
import { Api, type TurnReceipt } from "../net/api";
import { asProblem } from "../net/problem";
import { Session, type SessionOptions } from "../net/session";
import { Store } from "../net/storage";
import type { ConversationEvent, Part, Rating, WidgetConfig, Wish } from "../protocol";
import { StateStore } from "../state/store";
import { isAnswering } from "../state/thread";
import { textOf } from "../state/turn";
import { type Context, complaintOf, type Emit, report } from "./context";
import { News } from "./news";
import { Outbox } from "./outbox";
import { TurnReader } from "./reader";

export interface ChatOptions extends SessionOptions {
  /** What the page can do for the agent. */
  tools: Tools;
  emit: Emit;
  /** Told the agent's configuration as soon as the server has given it. */
  onConfig(config: WidgetConfig, memory: Store): void;
}

/** Gathers news that arrives together into one request. */
const REFRESH_MS = 250;

/** Everything the panel can do. Drawing is left to whoever subscribes to the store. */
export class Chat {
  readonly store = new StateStore();
  readonly #memory: Store;
  readonly #session: Session;
  readonly #context: Context;
  readonly #reader: TurnReader;
  readonly #news: News;
  #outbox: Outbox;
  #visitorId = "";
  #opened: Promise<void> | undefined;
  #stopWanted = false;
  /** The turn that begins a branch: once it has ended, the server tells of the versions. */
  #forking = "";
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;

  readonly options: ChatOptions;

  constructor(options: ChatOptions) {
    this.options = options;
    this.#memory = new Store(options.agentId);
    this.#session = new Session(options, this.#memory);
    this.#context = {
      store: this.store,
      api: new Api(this.#session, options.tools),
      emit: options.emit,
    };
    this.#reader = new TurnReader(this.#context, (turnId, lost) => {
      if (lost || turnId === this.#forking) void this.#refresh();
    });
    this.#news = new News(this.#context, {
      onConnected: () => this.#refreshSoon(),
      onEvent: (event) => void this.#hear(event),
    });
    this.#outbox = this.#newOutbox();
    addEventListener("online", this.#noticeNetwork);
    addEventListener("offline", this.#noticeNetwork);
    document.addEventListener("visibilitychange", this.#tuneIn);
    this.#noticeNetwork();
  }

  /** For the parts of the panel that are fetched when they are needed. */
  get api(): Api {
    return this.#context.api;
  }

  /** Tells whether the panel can be seen; the first sight of it opens the session. */
  setOpen(open: boolean, focus: boolean): void {
    this.store.dispatch({ type: "panel", open, focus });
    if (open) void this.start();
    this.#tuneIn();
  }

  /** Opens the session and the conversation that this browser last had. */
  start(): Promise<void> {
    this.#opened ??= this.#begin();
    return this.#opened;
  }

  /** Another try after a session could not be opened. */
  retrySession(): void {
    this.#opened = undefined;
    void this.start();
  }

  identify(jwt: string): void {
    this.#session.identify(jwt);
    if (!this.#opened) return;
    this.#leave();
    this.store.dispatch({ type: "thread-cleared" });
    this.retrySession();
  }

  /** Says something; `parts` go with the words. */
  async send(text: string, parts?: Part[]): Promise<void> {
    const trimmed = text.trim();
    if (!trimmed) return;
    await this.start();
    if (this.store.get().phase !== "ready") return;
    this.store.dispatch({ type: "screen", screen: "chat" });
    this.#outbox.send({ key: crypto.randomUUID(), text: trimmed, parts });
  }

  resend(key: string): void {
    this.#outbox.resend(key);
  }

  /** Wants another answer in the place of that one. */
  askAgain(key: string): void {
    const { entries } = this.store.get().thread;
    const at = entries.findIndex((entry) => entry.key === key);
    const question = entries.slice(0, at).findLast((entry) => entry.role === "user");
    const regenerate = entries[at]?.id;
    if (!question || !regenerate) return;
    const text = textOf(question.parts);
    this.#outbox.send({ key: crypto.randomUUID(), text, fork: { regenerate } }, question.key);
  }

  /** Says something else in the place of that message. */
  async edit(key: string, text: string): Promise<void> {
    const find = () => this.store.get().thread.entries.find((entry) => entry.key === key)?.id;
    // What was sent from here is known by its key alone until it has been fetched.
    if (!find()) await this.#refresh();
    await this.#loadUntil(() => find() !== undefined);
    const edit = find();
    if (edit) this.#outbox.send({ key: crypto.randomUUID(), text, fork: { edit } });
  }

  /** Shows another version of a message, and what was said after it. */
  async choose(messageId: string): Promise<void> {
    const { conversationId } = this.store.get().thread;
    if (!conversationId || isAnswering(this.store.get().thread)) return;
    try {
      await this.#context.api.choose(conversationId, messageId);
    } catch (error) {
      report(this.options.emit, asProblem(error));
    }
    await this.#refresh();
    await this.#loadUntil(() => {
      return this.store.get().thread.entries.some((entry) => entry.id === messageId);
    });
  }

  discard(key: string): void {
    const entry = this.store.get().thread.entries.find((e) => e.key === key);
    this.store.dispatch({ type: "message-dropped", key });
    if (entry?.wish?.fork) void this.#refresh(); // the branch that was not left after all
  }

  stop(): void {
    const { turn } = this.store.get().thread;
    if (!turn) {
      this.#stopWanted = true;
      return;
    }
    this.#stopWanted = false;
    this.store.dispatch({ type: "turn-stopping", turnId: turn.id });
    this.#context.api.stop(turn.id).catch((error: unknown) => {
      report(this.options.emit, asProblem(error));
    });
  }

  async rate(messageId: string, rating: Rating | null, comment?: string): Promise<boolean> {
    const show = () => this.store.dispatch({ type: "rated", id: messageId, rating });
    show();
    try {
      await this.#context.api.rate(messageId, rating, comment);
      show(); // a page that was asked for before has taken it away
      return true;
    } catch (error) {
      report(this.options.emit, asProblem(error));
      return false;
    }
  }

  newConversation(): void {
    this.#leave();
    this.#remember(undefined);
    this.store.dispatch({ type: "thread-cleared" });
    this.store.dispatch({ type: "screen", screen: "chat" });
  }

  openConversation(id: string): void {
    this.store.dispatch({ type: "screen", screen: "chat" });
    if (this.store.get().thread.conversationId === id) return;
    this.#leave();
    this.#remember(id);
    this.store.dispatch({ type: "thread-opened", conversationId: id });
    void this.#refresh();
    this.#tuneIn();
  }

  showChat(): void {
    this.store.dispatch({ type: "screen", screen: "chat" });
  }

  showList(): void {
    this.store.dispatch({ type: "screen", screen: "list" });
    void this.loadList();
  }

  async loadList(cursor?: string): Promise<void> {
    const { store, api } = this.#context;
    store.dispatch({ type: "list-loading" });
    try {
      const { items, nextCursor } = await api.conversations(cursor);
      const next = nextCursor ? { next: nextCursor } : {};
      store.dispatch({ type: "list-loaded", items, more: cursor !== undefined, ...next });
    } catch (error) {
      store.dispatch({ type: "list-failed" });
      report(this.options.emit, asProblem(error));
    }
  }

  async loadOlder(): Promise<void> {
    const { conversationId, older } = this.store.get().thread;
    if (conversationId && older) await this.#loadPage(conversationId, older);
  }

  reload(): void {
    void this.#refresh();
  }

  /** Ends every request; with `forget`, this browser no longer knows the visitor. */
  destroy(forget: boolean): void {
    this.#leave();
    if (forget) this.#memory.forget();
    removeEventListener("online", this.#noticeNetwork);
    removeEventListener("offline", this.#noticeNetwork);
    document.removeEventListener("visibilitychange", this.#tuneIn);
  }

  async #begin(): Promise<void> {
    const { store } = this;
    store.dispatch({ type: "session-opening" });
    try {
      const { visitorId, config } = await this.#session.open();
      this.#visitorId = visitorId;
      this.options.onConfig(config, this.#memory);
      const conversationId = this.#memory.read().conversations?.[visitorId];
      if (conversationId) store.dispatch({ type: "thread-opened", conversationId });
      store.dispatch({ type: "session-ready", config });
      void this.#refresh();
      this.#tuneIn();
    } catch (error) {
      const problem = asProblem(error);
      this.#opened = undefined;
      store.dispatch({ type: "session-failed", complaint: complaintOf(problem) });
      report(this.options.emit, problem);
    }
  }

  /** Fetches what the server knows of the open conversation, and follows what runs in it. */
  async #refresh(): Promise<void> {
    await this.#outbox.settled;
    const { conversationId } = this.store.get().thread;
    if (!conversationId) return;
    const [conversation] = await Promise.all([
      this.#context.api.conversation(conversationId).catch(() => undefined),
      this.#loadPage(conversationId),
    ]);
    if (conversation) this.store.dispatch({ type: "conversation", conversation });
    const running = conversation?.activeTurnId;
    const isNews = running !== undefined && !this.#knowsAnswer(running);
    if (isNews && this.#isOpen(conversationId)) this.#reader.read(running);
  }

  /** Loads older pages until something is there, or nothing more is to be had. */
  async #loadUntil(isThere: () => boolean): Promise<void> {
    for (;;) {
      const { older } = this.store.get().thread;
      if (!older || isThere()) return;
      await this.loadOlder();
      if (this.store.get().thread.older === older) return;
    }
  }

  async #loadPage(conversationId: string, cursor?: string): Promise<void> {
    const { store, api } = this.#context;
    const known = store.get().thread.entries;
    try {
      const { items, nextCursor } = await api.messages(conversationId, cursor);
      if (!this.#isOpen(conversationId)) return;
      const older = nextCursor ? { older: nextCursor } : {};
      const at = cursor ? "start" : "end";
      store.dispatch({ type: "page-loaded", messages: items.toReversed(), at, known, ...older });
    } catch (error) {
      this.#pageFailed(conversationId, asProblem(error).kind === "gone");
    }
  }

  #pageFailed(conversationId: string, gone: boolean): void {
    if (!this.#isOpen(conversationId)) return;
    if (gone) this.newConversation();
    else if (this.store.get().thread.phase === "loading") {
      this.store.dispatch({ type: "thread-failed" });
    }
  }

  async #hear(event: ConversationEvent): Promise<void> {
    await this.#outbox.settled;
    switch (event.type) {
      case "turn-started":
        return this.#isKnown(event) ? undefined : this.#refresh();
      case "turn-ended":
      case "message-added":
      case "message-updated":
      case "branch-changed":
      case "mode-changed":
        // Whoever has written is not typing any more.
        if (event.role) this.store.dispatch({ type: "typing", typingAt: 0 });
        return this.#isKnown(event) ? undefined : this.#refreshSoon();
      case "typing":
        if (event.role === "user") return;
        return this.store.dispatch({ type: "typing", typingAt: Date.now() });
      case "deleted":
        return this.newConversation();
    }
  }

  /** Whether an event tells what this tab sees by itself: its own question, the answer it reads. */
  #isKnown({ type, turnId }: ConversationEvent): boolean {
    const { turn, entries } = this.store.get().thread;
    if (!turnId || type === "message-updated") return false;
    const waiting = entries.some((entry) => entry.state === "pending");
    return !waiting && (turn?.id === turnId || this.#knowsAnswer(turnId));
  }

  #knowsAnswer(turnId: string): boolean {
    const { entries } = this.store.get().thread;
    return entries.some((entry) => entry.turnId === turnId && entry.role === "assistant");
  }

  #refreshSoon(): void {
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = setTimeout(() => void this.#refresh(), REFRESH_MS);
  }

  #onSent({ turnId, response }: TurnReceipt, { fork }: Wish): void {
    if (fork) this.#forking = turnId;
    if (turnId) this.#reader.read(turnId, response);
    if (this.#stopWanted) this.stop();
  }

  #remember(conversationId: string | undefined): void {
    const { [this.#visitorId]: _, ...others } = this.#memory.read().conversations ?? {};
    const mine = conversationId ? { [this.#visitorId]: conversationId } : {};
    this.#memory.update({ conversations: { ...others, ...mine } });
  }

  /** Lets go of the open conversation; its turn runs on at the server. */
  #leave(): void {
    clearTimeout(this.#refreshTimer);
    this.#stopWanted = false;
    this.#reader.stop();
    this.#news.listen(undefined);
    this.#outbox.close();
    this.#outbox = this.#newOutbox();
  }

  #newOutbox(): Outbox {
    return new Outbox(
      this.#context,
      (receipt, wish) => this.#onSent(receipt, wish),
      (id) => {
        this.#remember(id);
        this.#tuneIn();
      },
    );
  }

  #isOpen(conversationId: string): boolean {
    return this.store.get().thread.conversationId === conversationId;
  }

  /** Listens to the open conversation while somebody can see it, and else frees the connection. */
  readonly #tuneIn = (): void => {
    const { open, phase, thread } = this.store.get();
    const seen = open && phase === "ready" && document.visibilityState === "visible";
    this.#news.listen(seen ? thread.conversationId : undefined);
  };

  readonly #noticeNetwork = (): void => {
    this.store.dispatch({ type: "online", online: navigator.onLine });
  };
}
