import { type FollowPlan, follow } from "../net/follow";
import { asProblem, Problem } from "../net/problem";
import type { Frame } from "../net/sse";
import { type Chunk, parseTyped } from "../protocol";
import { type Event, leavesGap, textOf } from "../state/turn";
import { type Context, report } from "./context";

const DONE = "[DONE]";

/** Reads the running turn's stream into the state, whatever happens to the connection. */
export class TurnReader {
  #following: { turnId: string; line: AbortController } | undefined;
  /** Turns whose stream cannot be read: following them again would end the same way. */
  readonly #lost = new Set<string>();

  readonly #context: Context;
  readonly #onEnd: (turnId: string, lost: boolean) => void;

  constructor(
    context: Context,
    /** Called when a turn has ended, or can be read no further: the stored messages know more. */
    onEnd: (turnId: string, lost: boolean) => void,
  ) {
    this.#context = context;
    this.#onEnd = onEnd;
  }

  /** Follows a turn to its end; `first` is a response that streams it from its start. */
  read(turnId: string, first?: Response): void {
    if (this.#following?.turnId === turnId || this.#lost.has(turnId)) {
      void first?.body?.cancel();
      return;
    }
    this.stop();
    const line = new AbortController();
    this.#following = { turnId, line };
    this.#context.store.dispatch({ type: "turn-followed", turnId });
    void this.#toTheEnd(turnId, line, first);
  }

  stop(): void {
    this.#following?.line.abort();
    this.#following = undefined;
  }

  async #toTheEnd(turnId: string, line: AbortController, first?: Response): Promise<void> {
    try {
      await follow(this.#plan(turnId, first), line.signal);
    } catch (error) {
      report(this.#context.emit, asProblem(error));
    }
    if (line.signal.aborted) return;
    this.#following = undefined;
    this.#context.store.dispatch({ type: "link", live: true });
    const lost = this.#turn(turnId) !== undefined;
    if (lost) this.#lose(turnId);
    else this.#announce(turnId);
    this.#onEnd(turnId, lost);
  }

  #plan(turnId: string, first?: Response): FollowPlan {
    const { api, store } = this.#context;
    let given = first;
    return {
      connect: async (signal) => {
        const response =
          given ?? (await api.turnStream(turnId, this.#turn(turnId)?.seq ?? 0, signal));
        given = undefined;
        return response;
      },
      frames: (frames) => this.#take(turnId, frames),
      link: (live) => store.dispatch({ type: "link", live }),
    };
  }

  /** Takes what one network read brought in one step; true when the turn has ended. */
  #take(turnId: string, frames: Frame[]): boolean {
    const events = frames.map(eventOf).filter((event) => event !== undefined);
    this.#refuseGaps(turnId, events);
    this.#context.store.dispatch({ type: "turn-events", turnId, events });
    return this.#turn(turnId) === undefined || frames.some((frame) => frame.data === DONE);
  }

  /** A hole means that frames were lost on the way: the log is read again from where we stand. */
  #refuseGaps(turnId: string, events: Event[]): void {
    const turn = this.#turn(turnId);
    if (!turn) return;
    let { seq } = turn;
    for (const event of events) {
      if (leavesGap({ ...turn, seq }, event)) throw new Problem("server", 0, "chunks are missing");
      seq = Math.max(seq, event.seq);
    }
  }

  #turn(turnId: string) {
    const { turn } = this.#context.store.get().thread;
    return turn?.id === turnId ? turn : undefined;
  }

  #lose(turnId: string): void {
    this.#lost.add(turnId);
    this.#context.store.dispatch({ type: "turn-lost", turnId });
  }

  #announce(turnId: string): void {
    const { entries, conversationId = "" } = this.#context.store.get().thread;
    const entry = entries.find((e) => e.turnId === turnId && e.role === "assistant");
    if (!entry) return;
    const text = textOf(entry.parts);
    const id = entry.id ? { id: entry.id } : {};
    this.#context.emit("message", { ...id, role: "assistant", text, conversationId });
  }
}

function eventOf(frame: Frame): Event | undefined {
  const chunk = parseTyped<Chunk>(frame.data);
  const seq = Number(frame.id);
  return chunk && Number.isSafeInteger(seq) && frame.id !== "" ? { seq, chunk } : undefined;
}
