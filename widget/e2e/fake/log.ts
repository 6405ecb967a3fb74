import { setTimeout as delay } from "node:timers/promises";
import type { Chunk } from "../../app/protocol";
import type { Beat } from "./script";

/** A turn's append-only log, written by a script and read by any number of followers. */
export class TurnLog {
  readonly chunks: Chunk[] = [];
  readonly done: Promise<void>;
  #waiting: (() => void)[] = [];
  #stopped = false;

  constructor(
    readonly id: string,
    readonly messageId: string,
    script: Beat[],
    letGo: Promise<void> = Promise.resolve(),
  ) {
    this.done = this.#play(script, letGo);
  }

  get ended(): boolean {
    const last = this.chunks.at(-1)?.type ?? "";
    return ["finish", "abort", "error"].includes(last);
  }

  stop(): void {
    if (this.ended) return;
    this.#stopped = true;
    this.#write({ type: "abort", reason: "stopped" });
  }

  /** Resolves when the log is longer than `have`. */
  async longerThan(have: number): Promise<void> {
    while (this.chunks.length <= have) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #play(script: Beat[], letGo: Promise<void>): Promise<void> {
    for (const beat of script) {
      if (beat.held) await letGo;
      if (beat.afterMs) await delay(beat.afterMs, undefined, { ref: false });
      if (this.#stopped) return;
      for (const chunk of beat.chunks) this.#write(chunk);
    }
  }

  #write(chunk: Chunk): void {
    this.chunks.push(chunk);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
