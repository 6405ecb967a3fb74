import { vi } from "vitest";

/** Enough of a browser's page for everything below the drawing. */
export class TestPage {
  readonly storage = new Map<string, string>();
  readonly #window = new EventTarget();
  readonly #document = Object.assign(new EventTarget(), {
    visibilityState: "visible",
    baseURI: "https://shop.example/",
  });
  readonly #navigator = { onLine: true };

  constructor() {
    const { storage } = this;
    vi.stubGlobal("addEventListener", this.#window.addEventListener.bind(this.#window));
    vi.stubGlobal("removeEventListener", this.#window.removeEventListener.bind(this.#window));
    vi.stubGlobal("document", this.#document);
    vi.stubGlobal("navigator", this.#navigator);
    vi.stubGlobal("location", new URL("https://shop.example/plants?token=secret"));
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => void storage.set(key, value),
      removeItem: (key: string) => void storage.delete(key),
    });
  }

  goOffline(): void {
    this.#navigator.onLine = false;
    this.#window.dispatchEvent(new Event("offline"));
  }

  goOnline(): void {
    this.#navigator.onLine = true;
    this.#window.dispatchEvent(new Event("online"));
  }

  hide(hidden: boolean): void {
    this.#document.visibilityState = hidden ? "hidden" : "visible";
    this.#document.dispatchEvent(new Event("visibilitychange"));
  }
}
