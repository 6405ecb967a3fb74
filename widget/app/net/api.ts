import type { Conversation, Message, Page, Rating, Turn, Wish } from "../protocol";
import { partsOf } from "../state/thread";
import { problemOf } from "./problem";
import type { Session } from "./session";

/** What a turn's POST gave: an open stream when the turn is ours to read from its start. */
export interface TurnReceipt {
  /** Empty where people answer: there is no turn. */
  turnId: string;
  steered: boolean;
  userMessageId?: string;
  response?: Response;
}

const PAGE_SIZE = 40;

/** The operations of the API that the widget uses; each throws a Problem. */
export class Api {
  readonly #session: Session;
  readonly #tools: object;

  /** `tools` has the names of what the page can do. */
  constructor(session: Session, tools: object) {
    this.#session = session;
    this.#tools = tools;
  }

  createConversation(idempotencyKey: string): Promise<Conversation> {
    return this.json("POST", "v1/conversations", {}, { "idempotency-key": idempotencyKey });
  }

  conversations(cursor?: string): Promise<Page<Conversation>> {
    return this.json("GET", `v1/conversations?limit=30${param("cursor", cursor)}`);
  }

  conversation(id: string): Promise<Conversation> {
    return this.json("GET", `v1/conversations/${id}`);
  }

  /** The newest messages first; the cursor leads to older ones. */
  messages(conversationId: string, cursor?: string): Promise<Page<Message>> {
    const query = `order=desc&limit=${PAGE_SIZE}${param("cursor", cursor)}`;
    return this.json("GET", `v1/conversations/${conversationId}/messages?${query}`);
  }

  /** Turns the conversation to the newest branch with that message. */
  choose(conversationId: string, messageId: string): Promise<Conversation> {
    return this.json("POST", `v1/conversations/${conversationId}/branch`, { messageId });
  }

  stop(turnId: string): Promise<Turn> {
    return this.json("POST", `v1/turns/${turnId}/stop`, {});
  }

  rate(messageId: string, rating: Rating | null, comment?: string): Promise<unknown> {
    return this.json("POST", `v1/messages/${messageId}/feedback`, {
      rating,
      ...(comment ? { comment } : {}),
    });
  }

  /** Sends a message and begins to read its answer in the same round trip. */
  async ask(conversationId: string, wish: Wish): Promise<TurnReceipt> {
    const response = await this.#post(conversationId, wish, "text/event-stream");
    const turnId = response.headers.get("x-parley-turn-id") ?? "";
    const steered = response.headers.get("x-parley-steered") === "true";
    if (turnId && !steered) return { turnId, steered, response };
    // It joined a running answer at some middle point, which is read by its own id; or people answer.
    await response.body?.cancel();
    return { turnId, steered };
  }

  /** Sends a message into a turn whose stream is being read already. */
  async steer(conversationId: string, wish: Wish): Promise<TurnReceipt> {
    const response = await this.#post(conversationId, wish, "application/json");
    const turn = (await response.json()) as Partial<Turn>;
    const { id: turnId = "", steered = false, userMessageId } = turn;
    return { turnId, steered, ...(userMessageId ? { userMessageId } : {}) };
  }

  /** The stream of a turn after its first `have` chunks. */
  turnStream(turnId: string, have: number, signal: AbortSignal): Promise<Response> {
    return this.#stream(`v1/turns/${turnId}/stream?startIndex=${have}`, {}, signal);
  }

  /** News of a conversation, after the event `lastId` when there was one. */
  conversationStream(id: string, lastId: string, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = lastId ? { "last-event-id": lastId } : {};
    return this.#stream(`v1/conversations/${id}/stream`, headers, signal);
  }

  #post(id: string, wish: Wish, accept: string): Promise<Response> {
    const { key, fork } = wish;
    const isAnew = fork && "regenerate" in fork; // then nothing new is said
    return this.call(`v1/conversations/${id}/turns`, {
      method: "POST",
      headers: { accept, "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({
        ...fork,
        message: isAnew ? undefined : { id: key, parts: partsOf(wish) },
        clientTools: Object.keys(this.#tools),
      }),
    });
  }

  #stream(path: string, headers: Record<string, string>, signal: AbortSignal) {
    return this.call(path, { headers: { accept: "text/event-stream", ...headers }, signal });
  }

  /** For the parts of the panel that are fetched when they are needed, too. */
  async json<T>(
    method: string,
    path: string,
    body?: unknown,
    extra: Record<string, string> = {},
  ): Promise<T> {
    const headers = body === undefined ? extra : { "content-type": "application/json", ...extra };
    const response = await this.call(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    return (await response.json()) as T;
  }

  async call(path: string, init: RequestInit): Promise<Response> {
    const response = await this.#session.fetch(path, init);
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

function param(name: string, value: string | undefined): string {
  return value ? `&${name}=${encodeURIComponent(value)}` : "";
}
