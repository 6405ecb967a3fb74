import { expect, test } from "vitest";
import { type Field, filledIn, followable, isFromHere } from "./components";
import { isShown } from "./rows";

const fields: Field[] = [
  { name: "name", label: "Name", type: "text", required: true },
  { name: "people", label: "People", type: "number" },
  { name: "news", label: "News", type: "checkbox" },
  { name: "note", label: "Note", type: "longtext" },
];

test("what was filled in goes as the server wants it, and as people read it", () => {
  const typed = { name: " Ada ", people: "3", news: true, note: "  ", gone: "x" };
  expect(filledIn(fields, typed)).toEqual({
    values: { name: "Ada", people: 3, news: true },
    text: "Name: Ada\nPeople: 3\nNews: ✓",
  });
  expect(filledIn(fields, { news: false })).toEqual({ values: {}, text: "" });
});

test.each([
  ["https://example.com/", true],
  ["mailto:a@example.com", true],
  ["tel:+31", true],
  ["http://example.com/", false],
  ["javascript:alert(1)", false],
  [" https://example.com/", false],
  ["data:text/html,x", false],
])("%j may be followed: %s", (url, fine) => {
  expect(followable(url) !== undefined).toBe(fine);
});

test.each([
  ["https://shop.example/a.png", "shop.example", true],
  ["https://img.shop.example/a.png", "www.shop.example", true],
  ["https://notshop.example/a.png", "shop.example", false],
  ["http://shop.example/a.png", "shop.example", false],
  ["https://elsewhere.example/?shop.example", "shop.example", false],
  ["nonsense", "shop.example", false],
])("%s on %s is the site's own: %s", (url, host, own) => {
  expect(isFromHere(url, host)).toBe(own);
});

test.each([
  ["data-ui", true],
  ["data-object", true],
  ["dynamic-tool", true],
  ["data-fault", false],
  ["data-suggestions", false],
  ["data-steer", false],
  ["step-start", false],
  ["reasoning", false],
])("a part of type %s is shown: %s", (type, shown) => {
  expect(isShown({ type })).toBe(shown);
});
