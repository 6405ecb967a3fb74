import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MARKDOWN } from "../../e2e/fake/script";
import { heal } from "./heal";
import { parse, plainText } from "./parse";

describe("an open ending is completed", () => {
  test.each([
    ["some **bold wor", "some **bold wor**"],
    ["some **bold*", "some **bold**"],
    ["some **", "some "],
    ["an *emphas", "an *emphas*"],
    ["an _emphas", "an _emphas_"],
    ["~~gone", "~~gone~~"],
    ["run `npm i", "run `npm i`"],
    ["`a` and `b", "`a` and `b`"],
    ["see [the guide", "see the guide"],
    ["see [the guide](https://exam", "see the guide"],
    ["see [it](https://example.com/a(b", "see it"],
    ["see ![a picture](http", "see a picture"],
    ["see <https://exam", "see "],
    ["Title\n-", "Title\n"],
    ["Title\n==", "Title\n"],
    ["text\n\n##", "text\n\n"],
    ["text\n\n1.", "text\n\n"],
    ["Before\n\n| Plant | Wat", "Before\n\n"],
    ["Before\n\n| Plant | Water |\n| --", "Before\n\n"],
    ["```js\nlet a\n``", "```js\nlet a\n"],
  ])("%j", (open, healed) => {
    expect(heal(open)).toBe(healed);
  });
});

describe("what is whole is left alone", () => {
  test.each([
    "Plain words.",
    "2 * 3 * 4",
    "snake_case_name",
    "**bold** and *emphasis* and `code`",
    "[a link](https://example.com)",
    "In 1984",
    "| A | B |\n| --- | --- |\n| 1 | 2",
    "```\n**not bold",
    "a `**` b",
  ])("%j", (text) => {
    expect(heal(text)).toBe(text);
  });
});

test("a reader never sees half of a mark, wherever the answer stands", () => {
  for (let end = 0; end <= MARKDOWN.length; end++) {
    const shown = plainText(parse(MARKDOWN.slice(0, end), true));
    expect(shown, JSON.stringify(MARKDOWN.slice(0, end).slice(-30))).not.toMatch(
      /\*\*|\]\(|\||^#+|`/m,
    );
  }
});

test("no text makes it fail or makes up words", () => {
  const piece = fc.constantFrom("a", " ", "*", "**", "_", "`", "```", "\n", "\n\n", "[", "](", ")");
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      expect(heal(text).match(/a/g)?.length ?? 0).toBeLessThanOrEqual(
        text.match(/a/g)?.length ?? 0,
      );
    }),
  );
});
