import type { Chunk, Conversation, Message, Part } from "../app/protocol";
import { type DraftConfig, sampleAnswer } from "./samples";

/**
 * Answers the widget in the API's place, inside the page: a preview needs no key and no published
 * agent, costs nothing and leaves no trace.
 */
export class PreviewAnswers {
  readonly #config: () => DraftConfig;
  readonly #messages: Message[] = [];
  #turns = 0;

  constructor(config: () => DraftConfig) {
    this.#config = config;
  }

  /** Takes the place of the page's fetch. */
  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const resource = pathname.replace(/^.*\/v1\//, "");
    if (resource === "widget/sessions") return json(this.#session(), 201);
    if (resource === "conversations") return this.#conversations(init.method === "POST");
    if (resource.endsWith("/turns")) return this.#turn(questionIn(init.body));
    if (resource.endsWith("/messages")) return json({ items: this.#messages.toReversed() });
    if (resource.startsWith("conversations/") && resource.endsWith("/stream")) return silence();
    if (/^conversations\/[^/]+$/.test(resource)) return json(this.#conversation());
    return json({}); // feedback, stop
  };

  #session() {
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const { output: _, ...config } = this.#config();
    return { visitorId: "preview", token: "preview", tokenExpiresAt: inAnHour, config };
  }

  #conversations(create: boolean): Response {
    if (create) {
      this.#messages.length = 0;
      return json(this.#conversation(), 201);
    }
    return json({ items: this.#messages.length > 0 ? [this.#conversation()] : [] });
  }

  #conversation(): Conversation {
    const now = new Date().toISOString();
    const messageCount = this.#messages.length;
    const common = { id: "preview", agentId: "preview", title: "Preview", messageCount };
    return { ...common, createdAt: now, updatedAt: now };
  }

  #turn({ id: clientId, parts }: Question): Response {
    this.#turns += 1;
    const messageId = `answer-${this.#turns}`;
    this.#keep({ id: `question-${this.#turns}`, clientId, role: "user", parts });
    const { text, parts: shown } = sampleAnswer(this.#config());
    const said: Part[] = text ? [{ type: "text", text }] : [];
    this.#keep({ id: messageId, role: "assistant", parts: [...said, ...shown] });
    const headers = {
      "content-type": "text/event-stream",
      "x-parley-turn-id": `turn-${this.#turns}`,
    };
    return new Response(streamOf(chunksOf(messageId, text, shown)), { headers });
  }

  #keep(message: Pick<Message, "id" | "clientId" | "role" | "parts">): void {
    const position = this.#messages.length + 1;
    const createdAt = new Date().toISOString();
    const turnId = `turn-${this.#turns}`;
    this.#messages.push({ ...message, state: "complete", position, turnId, createdAt });
  }
}

function chunksOf(messageId: string, text: string, shown: Part[]): Chunk[] {
  const words: string[] = text.match(/\S+\s*/g) ?? [];
  return [
    { type: "start", messageId },
    { type: "start-step" },
    { type: "text-start", id: "t1" },
    ...words.map((delta): Chunk => ({ type: "text-delta", id: "t1", delta })),
    { type: "text-end", id: "t1" },
    ...shown.map(({ type, id = "", data }): Chunk => ({ type, id, data })),
    { type: "finish-step" },
    { type: "finish", finishReason: "stop" },
  ];
}

const pace = 35; // ms between words, about as fast as a model

function streamOf(chunks: Chunk[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let seq = 0;
  return new ReadableStream({
    async pull(controller) {
      const chunk = chunks[seq];
      const frame = `id: ${Math.min(seq + 1, chunks.length)}\ndata: ${chunk ? JSON.stringify(chunk) : "[DONE]"}\n\n`;
      await new Promise((resolve) => setTimeout(resolve, pace));
      controller.enqueue(encoder.encode(frame));
      seq += 1;
      if (!chunk) controller.close();
    },
  });
}

/** A stream on which nothing ever happens but heartbeats. */
function silence(): Response {
  const beat = new TextEncoder().encode(": ping\n\n");
  let timer: ReturnType<typeof setInterval> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(beat);
      timer = setInterval(() => controller.enqueue(beat), 10_000);
    },
    cancel() {
      clearInterval(timer);
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}

function json(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}

/** A message as the widget posts it. */
type Question = { id: string } & Pick<Message, "parts">;

function questionIn(body: BodyInit | null | undefined): Question {
  return (JSON.parse(String(body)) as { message: Question }).message;
}
