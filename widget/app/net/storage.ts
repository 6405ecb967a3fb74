import type { Look } from "../../loader/types";
import { isRecord } from "../protocol";

/** What a browser remembers about one agent's chat between page views. */
export interface Memory {
  /** Renews the anonymous visitor's token. Identified visitors leave none behind. */
  secret?: string;
  /** The open conversation of each visitor that this browser has been. */
  conversations?: Record<string, string>;
  /** The launcher's last known look, so that it is right before any request. */
  look?: Look;
}

/**
 * Remembers in localStorage, and only for the life of the page where a browser
 * forbids that (blocked cookies, a sandboxed frame, a full disk).
 */
export class Store {
  #fallback: Memory = {};

  readonly #agentId: string;

  constructor(agentId: string) {
    this.#agentId = agentId;
  }

  read(): Memory {
    try {
      const value: unknown = JSON.parse(localStorage.getItem(this.#key) ?? "null");
      return isRecord(value) ? (value as Memory) : this.#fallback;
    } catch {
      return this.#fallback;
    }
  }

  update(change: Partial<Memory>): void {
    this.#fallback = { ...this.read(), ...change };
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#fallback));
    } catch {
      // The page's own memory, set above, has to do.
    }
  }

  forget(): void {
    this.#fallback = {};
    try {
      localStorage.removeItem(this.#key);
    } catch {
      // There was nothing to remove.
    }
  }

  get #key(): string {
    return `parley:${this.#agentId}`;
  }
}
