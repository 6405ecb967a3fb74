import type { ToolHandler } from "../../loader/types";
import type { Chat } from "../chat/chat";
import type { Problem } from "../net/problem";
import type { Part } from "../protocol";
import { isOver } from "../state/turn";

/** So long another tab, or a script that is on its way, has to come with what this page lacks. */
const GRACE_MS = 2_500;
const TRIES = 6;
const FIRST_PAUSE_MS = 200;
/** What browsers still send when the page goes away. */
const KEEPALIVE_BYTES = 30_000;
const MAX_REASON = 1_000;

/** The name by which this page takes calls. */
const page = crypto.randomUUID();
/** The calls that this page has seen offered. */
const seen = new Map<string, AbortController>();

interface Claim {
  granted: boolean;
  input: unknown;
}

/** Makes a call that pages are offered, if no other page does, and drops it when it is over. */
export function attend(chat: Chat, part: Part): void {
  const { toolCallId = "" } = part;
  if (isOver(part)) seen.get(toolCallId)?.abort();
  if (part.state !== "input-available" || seen.has(toolCallId)) return;
  const line = new AbortController();
  seen.set(toolCallId, line);
  new PageCall(chat, part, line.signal).run().catch((error: unknown) => {
    if (!line.signal.aborted) complain(chat, part, textOf(error));
  });
}

/** For whoever has written the page. */
function complain({ options }: Chat, { toolName }: Part, reason: string): void {
  options.emit("error", { code: "tool", message: `${toolName}: ${reason}` });
}

class PageCall {
  readonly #path: string;

  constructor(
    readonly chat: Chat,
    readonly part: Part,
    readonly signal: AbortSignal,
  ) {
    const { conversationId } = chat.store.get().thread;
    this.#path = `v1/conversations/${conversationId}/tool-calls/${part.toolCallId}/`;
  }

  async run(): Promise<void> {
    if (!this.#handler) await pause(GRACE_MS);
    if (this.signal.aborted) return;
    const claim = await this.#post<Claim>("claim", JSON.stringify({ page }));
    if (!claim.granted) return;
    const said = await this.#do(claim.input);
    try {
      await this.#post("result", said);
    } catch (error) {
      const { kind, detail } = error as Problem;
      if (kind !== "invalid" && kind !== "too-large") throw error;
      complain(this.chat, this.part, detail);
      await this.#post("result", failure("It was done, but what it gave cannot be used."));
    }
  }

  get #handler(): ToolHandler | undefined {
    const { tools } = this.chat.options;
    const { toolName = "" } = this.part;
    return Object.hasOwn(tools, toolName) ? tools[toolName] : undefined;
  }

  /** Gives what the server is told of it. */
  async #do(input: unknown): Promise<string> {
    const handler = this.#handler;
    if (!handler) return failure("This page offers no such tool.");
    try {
      const { toolCallId = "" } = this.part;
      const output = (await handler(input as never, { toolCallId, signal: this.signal })) ?? null;
      return JSON.stringify({ page, output });
    } catch (error) {
      const reason = textOf(error);
      complain(this.chat, this.part, reason);
      return failure(reason);
    }
  }

  /** Sends it until it has arrived: the server takes each only once. */
  async #post<T>(what: string, body: string): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        const response = await this.chat.api.call(this.#path + what, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
          // A page that goes away must not take a call with it.
          keepalive: what === "result" && body.length < KEEPALIVE_BYTES,
        });
        return (await response.json()) as T;
      } catch (error) {
        // What fetch throws of itself means that nothing was reached.
        const { passing = true } = error as Partial<Problem>;
        if (tries >= TRIES || !passing) throw error;
      }
      await pause(FIRST_PAUSE_MS * 2 ** tries);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function failure(reason: string): string {
  return JSON.stringify({ page, error: reason.trim().slice(0, MAX_REASON) || "It did not work." });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
