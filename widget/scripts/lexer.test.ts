import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import fc from "fast-check";
import { Lexer } from "marked";
import { beforeAll, expect, test } from "vitest";
import { MARKDOWN } from "../e2e/fake/script";
import { leanLexer } from "./lexer";

let Lean: typeof Lexer;

beforeAll(async () => {
  const whole = await readFile(createRequire(import.meta.url).resolve("marked"), "utf8");
  const lean = encodeURIComponent(leanLexer(whole));
  ({ Lexer: Lean } = await import(/* @vite-ignore */ `data:text/javascript,${lean}`));
});

const whole = (text: string) => new Lexer({ gfm: true, breaks: true }).lex(text);

test.each([
  MARKDOWN,
  "a\nb  \nc\\\nd",
  "www.example.com, https://example.com/a_(b) and me@example.com",
  "~~gone~~ *soft* **loud** ***both*** snake_case `a``b`",
  "[x][1] and ![y](z 'title') <https://example.com>\n\n[1]: https://example.com 'one'",
  "| a | b |\n|:-:|--:|\n| `x\\|y` | **z** |",
  "1. one\n\n   two\n2. three\n   - [x] done\n   - [ ] open\n\n```js\nlet a;\n```",
  "Title\n===\n\nOther\n---\n***\n> said\n> > twice\nand lazily\n\n    code",
  "<div>\n*raw*\n</div>\n\n<!-- hidden --> &copy; &#65; <b>x</b>",
])("%j is read like by the whole of marked", (text) => {
  expect(new Lean().lex(text)).toEqual(whole(text));
});

test("so is whatever else is written", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("*", "**", "_", "~~", "`", "```", "\n", "\n\n", "    ", "- ", "1. ", "> "),
    fc.constantFrom("# ", "| a |\n|--|\n", "[x]", "(y)", "![", "<b>", "</b>", "http://a.b", "\\"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join("");
      expect(new Lean().lex(text)).toEqual(whole(text));
    }),
    { numRuns: 500 },
  );
});
