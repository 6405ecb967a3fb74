import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConversationEvent, Message, WidgetConfig } from "../../app/protocol";
import { foldEvent, newTurn, textOf } from "../../app/state/turn";
import { end, type Handled, json, openStream, problem, serveAsset } from "./http";
import { TurnLog } from "./log";
import { accepted, messagesPage, type Room, visible } from "./room";
import { scriptFor } from "./script";
import { MessageTree } from "./tree";

interface Question {
  text: string;
  clientId: string;
  turnId: string;
  steered: boolean;
}

/** What a test may ask of the server while it runs. */
export interface Mischief {
  /** Origins that may show the widget; undefined lets every page. */
  allowed?: string[];
  /** Says nothing of CORS, so that browsers hide every answer from the page. */
  aloof?: boolean;
  /** Answers the next POST of a turn with this status. */
  refuseTurn?: { status: number; retryAfter?: number };
  /** Hangs up after so many frames of a turn stream, the next connections too. */
  cutAfter?: number;
  /** Sends the last frames before the reader's place again. */
  repeat?: number;
}

/**
 * The widget's side of the API, kept in memory: strict where the real one is
 * strict, and able to produce the troubles that the real one avoids.
 */
export class FakeApi {
  readonly mischief: Mischief = {};
  /** Lets the answers go on that are held in their middle, now and from now on. */
  letGo = () => {};
  readonly requests: string[] = [];
  config: WidgetConfig = {
    agentId: "agent-1",
    name: "Juniper",
    greeting: "Hello! I'm Juniper. Ask me about plants, pots and deliveries.",
    starterPrompts: ["Which plants survive a dark hallway?", "How much is delivery?"],
    suggestions: true,
    appearance: {
      title: "Juniper & Clay",
      subtitle: "Plant advice, any hour",
      color: "#2f6b4f",
      position: "bottom-right",
      theme: "auto",
      iconUrl: "",
    },
    simulated: true,
  };
  readonly #server: Server;
  readonly #rooms = new Map<string, Room>();
  readonly #turns = new Map<string, TurnLog>();
  readonly #keys = new Map<string, string>();
  readonly #tokens = new Map<string, string>();
  readonly #secrets = new Map<string, string>();
  readonly #gone = new Promise<void>((resolve) => {
    this.letGo = resolve;
  });
  #sessions = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
  }

  static async start(): Promise<FakeApi> {
    const api = new FakeApi();
    await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get sessions(): number {
    return this.#sessions;
  }

  get turns(): TurnLog[] {
    return [...this.#turns.values()];
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Forgets every token, as time would. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  /** Breaks every open connection, as a restart would. */
  hangUp(): void {
    this.#server.closeAllConnections();
  }

  /** Deletes the newest conversation, as another tab may. */
  deleteConversation(): void {
    const room = [...this.#rooms.values()].at(-1);
    if (!room) throw new Error("there is no conversation yet");
    this.#announce(room, { type: "deleted" });
    this.#rooms.delete(room.id);
  }

  /** Adds suggestions to the newest stored answer, after its turn has ended. */
  suggestLate(items: string[]): void {
    const room = [...this.#rooms.values()].at(-1);
    const message = room?.tree.all.findLast((m) => m.role === "assistant");
    if (!room || !message) throw new Error("there is no answer yet");
    message.parts.push({ type: "data-suggestions", id: "suggestions", data: { items } });
    this.#announce(room, { type: "message-updated", messageId: message.id });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    if (this.mischief.aloof) delete request.headers.origin;
    const isAsset = url.pathname === "/widget.js" || url.pathname.startsWith("/widget/");
    if (isAsset) return serveAsset(url.pathname, response);
    if (request.method === "OPTIONS") return end(response, request, { status: 204 });
    this.requests.push(`${request.method} ${url.pathname}`);
    const handled = await this.#route(request, response, url);
    if (handled) end(response, request, handled);
  }

  async #route(request: IncomingMessage, response: ServerResponse, url: URL) {
    const route = `${request.method} ${url.pathname}`;
    if (route === "POST /v1/widget/sessions") return this.#openSession(request);
    const visitor = this.#tokens.get((request.headers.authorization ?? "").slice(7));
    if (!visitor) return problem(401, "The token has expired.");
    const [, , noun, id = "", verb = ""] = url.pathname.split("/");
    if (noun === "conversations") {
      if (!id) return this.#conversations(request, visitor);
      const room = this.#rooms.get(id);
      if (room?.visitorId !== visitor) return problem(404, "There is no such conversation.");
      return this.#conversation(verb, room, request, response);
    }
    if (noun === "turns") return this.#turn(id, verb, request, response);
    if (noun === "messages") return this.#rate(id, request);
    return problem(404, "There is nothing here.");
  }

  async #openSession(request: IncomingMessage): Promise<Handled> {
    const origin = request.headers.origin ?? "";
    const { allowed } = this.mischief;
    if (allowed && !allowed.includes(origin)) {
      return problem(403, `The origin ${origin} may not show this agent.`);
    }
    const body = await json(request);
    if (body.publishableKey !== "pk_test") return problem(401, "The key is not known.");
    this.#sessions++;
    const secret = String(body.visitorSecret ?? "");
    const known = this.#secrets.get(secret);
    const jwt = body.visitorJwt ? `visitor-${String(body.visitorJwt)}` : undefined;
    const visitorId = jwt ?? known ?? randomUUID();
    const visitorSecret = known || jwt ? undefined : `vs_${randomUUID()}`;
    if (visitorSecret) this.#secrets.set(visitorSecret, visitorId);
    const token = randomUUID();
    this.#tokens.set(token, visitorId);
    const tokenExpiresAt = new Date(Date.now() + 900_000).toISOString();
    const grant = { visitorId, token, tokenExpiresAt, visitorSecret, config: this.config };
    return { status: 201, body: grant };
  }

  #conversations(request: IncomingMessage, visitorId: string): Handled {
    if (request.method === "GET") {
      const mine = [...this.#rooms.values()].filter((room) => room.visitorId === visitorId);
      return { status: 200, body: { items: mine.toReversed().map(visible) } };
    }
    const now = new Date().toISOString();
    const room: Room = {
      id: randomUUID(),
      agentId: this.config.agentId,
      title: "",
      createdAt: now,
      updatedAt: now,
      messageCount: 0,
      visitorId,
      tree: new MessageTree(),
      events: [],
      listeners: new Set(),
    };
    this.#rooms.set(room.id, room);
    return { status: 201, body: visible(room) };
  }

  async #conversation(
    verb: string,
    room: Room,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    switch (verb) {
      case "":
        return { status: 200, body: visible(room) };
      case "messages":
        return messagesPage(room, new URL(request.url ?? "/", this.url));
      case "turns":
        return this.#ask(room, request, response);
      case "branch":
        return this.#choose(room, request);
      case "stream":
        return this.#news(room, request, response);
      default:
        return problem(404, "There is nothing here.");
    }
  }

  async #ask(room: Room, request: IncomingMessage, response: ServerResponse) {
    const refusal = this.mischief.refuseTurn;
    if (refusal) {
      delete this.mischief.refuseTurn;
      const wait = refusal.retryAfter ? { "retry-after": String(refusal.retryAfter) } : {};
      return { ...problem(refusal.status, "Not now."), headers: wait };
    }
    const body = await json(request);
    const { edit, regenerate } = body as { edit?: string; regenerate?: string };
    const key = String(request.headers["idempotency-key"]);
    const active = this.#turns.get(room.activeTurnId ?? "");
    const known = this.#turns.get(this.#keys.get(key) ?? "");
    if (!known && active && (edit ?? regenerate)) return problem(409, "An answer is written.");
    const steered = known === undefined && active !== undefined;
    const log =
      known ?? (regenerate ? this.#again(room, regenerate) : this.#say(room, body, active));
    this.#keys.set(key, log.id);
    if (request.headers.accept !== "text/event-stream") return accepted(room, log, steered);
    const from = steered ? log.chunks.length : 0;
    return this.#streamTurn(log, from, request, response, { steered });
  }

  #say(room: Room, body: Record<string, unknown>, active: TurnLog | undefined): TurnLog {
    const { id: clientId = "", parts } = body.message as Message;
    const text = textOf(parts);
    if (body.edit) room.tree.leave(room.tree.parentOf(String(body.edit)));
    const log = active ?? this.#begin(room, text, body.edit !== undefined);
    this.#addQuestion(room, { text, clientId, turnId: log.id, steered: active !== undefined });
    return log;
  }

  /** Each other answer says how many there have been. */
  #again(room: Room, answer: string): TurnLog {
    room.tree.leave(room.tree.parentOf(answer));
    const asked = textOf(room.tree.shown.at(-1)?.parts ?? []);
    return this.#begin(room, `${asked} (${room.tree.versions(answer).length + 1})`, true);
  }

  async #choose(room: Room, request: IncomingMessage): Promise<Handled> {
    if (room.activeTurnId) return problem(409, "An answer is written.");
    const { messageId } = await json(request);
    room.tree.show(String(messageId));
    this.#announce(room, { type: "branch-changed", messageId: String(messageId) });
    return { status: 200, body: visible(room) };
  }

  #begin(room: Room, text: string, forks: boolean): TurnLog {
    const messageId = randomUUID();
    const log = new TurnLog(randomUUID(), messageId, scriptFor(text, messageId), this.#gone);
    this.#turns.set(log.id, log);
    room.activeTurnId = log.id;
    room.title ||= text.slice(0, 60);
    if (forks) this.#announce(room, { type: "branch-changed", turnId: log.id });
    this.#announce(room, { type: "turn-started", turnId: log.id, messageId });
    void this.#store(room, log);
    return log;
  }

  async #store(room: Room, log: TurnLog): Promise<void> {
    while (!log.ended) await log.longerThan(log.chunks.length);
    const folded = log.chunks
      .map((chunk, i) => ({ seq: i + 1, chunk }))
      .reduce(foldEvent, newTurn(log.id));
    for (const message of room.tree.all) {
      if (message.state === "pending") message.state = "complete";
    }
    room.tree.add({
      id: log.messageId,
      role: "assistant",
      parts: folded.parts,
      state: folded.status === "running" ? "pending" : folded.status,
      turnId: log.id,
      createdAt: new Date().toISOString(),
    });
    delete room.activeTurnId;
    room.preview = textOf(folded.parts).slice(0, 80);
    this.#announce(room, { type: "turn-ended", turnId: log.id, status: folded.status });
  }

  #addQuestion(room: Room, { text, clientId, turnId, steered }: Question): void {
    const message = room.tree.add({
      id: randomUUID(),
      role: "user",
      parts: [{ type: "text", text }],
      state: steered ? "pending" : "complete",
      turnId,
      clientId,
      createdAt: new Date().toISOString(),
    });
    this.#announce(room, { type: "message-added", messageId: message.id, role: "user" });
  }

  #turn(id: string, verb: string, request: IncomingMessage, response: ServerResponse) {
    const log = this.#turns.get(id);
    if (!log) return problem(404, "There is no such turn.");
    if (verb === "stop") {
      log.stop();
      return { status: 202, body: { id } };
    }
    const url = new URL(request.url ?? "/", this.url);
    const have = Number(url.searchParams.get("startIndex") ?? 0);
    return this.#streamTurn(log, have, request, response, { steered: false });
  }

  async #streamTurn(
    log: TurnLog,
    have: number,
    request: IncomingMessage,
    response: ServerResponse,
    { steered }: { steered: boolean },
  ): Promise<undefined> {
    openStream(response, request, {
      "x-parley-turn-id": log.id,
      "x-parley-steered": String(steered),
    });
    let seq = Math.max(0, have - (this.mischief.repeat ?? 0));
    const cutAt = seq + (this.mischief.cutAfter ?? Number.POSITIVE_INFINITY);
    while (!response.destroyed && (seq < log.chunks.length || !log.ended)) {
      await log.longerThan(seq);
      const frame = `id: ${seq + 1}\ndata: ${JSON.stringify(log.chunks[seq])}\n\n`;
      if (++seq >= cutAt) {
        // Hung up once the frame has left: what was never sent cannot be resumed after.
        response.write(frame, () => response.destroy());
        return undefined;
      }
      response.write(frame);
    }
    response.end(`id: ${seq}\ndata: [DONE]\n\n`);
    return undefined;
  }

  #news(room: Room, request: IncomingMessage, response: ServerResponse): Handled | undefined {
    let seq = Number(request.headers["last-event-id"] ?? room.events.length);
    if (seq > room.events.length) return problem(422, "There is no such event yet.");
    openStream(response, request, {});
    const send = () => {
      for (; seq < room.events.length; seq++) {
        response.write(`id: ${seq + 1}\ndata: ${JSON.stringify(room.events[seq])}\n\n`);
      }
    };
    send();
    room.listeners.add(send);
    response.on("close", () => room.listeners.delete(send));
    return undefined;
  }

  #announce(room: Room, event: ConversationEvent): void {
    room.events.push(event);
    for (const listener of room.listeners) listener();
  }

  async #rate(id: string, request: IncomingMessage): Promise<Handled> {
    const { rating, comment } = await json(request);
    for (const room of this.#rooms.values()) {
      const message = room.tree.all.find((m) => m.id === id);
      if (!message) continue;
      message.feedback = { rating: rating as "up" | "down" | null };
      if (comment) message.feedback.comment = String(comment);
      return { status: 200, body: message.feedback };
    }
    return problem(404, "There is no such message.");
  }

  /** What the server stored for a message, newest conversation first. */
  stored(): Message[] {
    return [...this.#rooms.values()].at(-1)?.tree.all ?? [];
  }
}
