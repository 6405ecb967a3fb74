import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Store } from "./storage";

class Shelf {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

let shelf: Shelf;
beforeEach(() => {
  shelf = new Shelf();
  vi.stubGlobal("localStorage", shelf);
});
afterEach(() => vi.unstubAllGlobals());

test("remembers between page views, each agent by itself", () => {
  new Store("a").update({ secret: "s" });
  new Store("a").update({ conversations: { v: "c" } });
  expect(new Store("a").read()).toEqual({ secret: "s", conversations: { v: "c" } });
  expect(new Store("b").read()).toEqual({});
  new Store("a").forget();
  expect(shelf.items.size).toBe(0);
});

test("a page that may not store anything still works until it is left", () => {
  const forbidden = () => {
    throw new DOMException("denied", "SecurityError");
  };
  vi.stubGlobal("localStorage", { getItem: forbidden, setItem: forbidden, removeItem: forbidden });
  const store = new Store("a");
  store.update({ secret: "s" });
  expect(store.read()).toEqual({ secret: "s" });
  store.forget();
  expect(store.read()).toEqual({});
});

test.each(["not json", "[1]", "null", '"text"'])(
  "%j in the storage is as good as nothing",
  (text) => {
    shelf.setItem("parley:a", text);
    expect(new Store("a").read()).toEqual({});
  },
);
