import fc from "fast-check";
import { renderToStaticMarkup } from "react-dom/server";
import { beforeAll, expect, test, vi } from "vitest";
import type { Chat } from "../chat/chat";
import { english } from "../locales";
import { type Ui, UiContext } from "../ui/context";
import { Markdown } from "./Markdown";
import { safeUrl } from "./parse";

beforeAll(() => {
  vi.stubGlobal("document", { baseURI: "https://shop.example/page" });
  vi.stubGlobal("navigator", { clipboard: {} });
});

const ui: Ui = { chat: {} as Chat, locale: english, close: () => {} };

function draw(text: string, open = false): string {
  return renderToStaticMarkup(
    <UiContext.Provider value={ui}>
      <Markdown text={text} open={open} />
    </UiContext.Provider>,
  );
}

test.each([
  ["# Title", '<h3 class="h1">Title</h3>'],
  ["**bold** and *soft*", "<p><strong>bold</strong> and <em>soft</em></p>"],
  ["a\nb", "<p>a<br/>b</p>"],
  ["- one\n- two", "<ul><li>one</li><li>two</li></ul>"],
  ["3. three", '<ol start="3"><li>three</li></ol>'],
  ["> said", "<blockquote><p>said</p></blockquote>"],
  ["AT&amp;T &copy; 2026", "<p>AT&amp;T © 2026</p>"],
  ["one<br>two", "<p>one<br/>two</p>"],
  ["`a < b`", "<p><code>a &lt; b</code></p>"],
])("%j", (text, html) => {
  expect(draw(text)).toBe(`<div class="md">${html}</div>`);
});

test("links open elsewhere and tell nothing about this page", () => {
  expect(draw("[guide](https://example.com/a?b=1&amp;c=2)")).toContain(
    '<a href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow ugc">guide</a>',
  );
});

test.each([
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](data:text/html,hi)",
  "[x](vbscript:msgbox)",
  "<javascript:alert(1)>",
  "[x]: javascript:alert(1)\n\n[x]",
  "![x](javascript:alert(1))",
])("%j cannot be followed", (text) => {
  expect(draw(text)).not.toContain("<a");
});

test("a scheme in disguise is only an odd address of this page", () => {
  expect(draw("[x](java&#115;cript:alert(1))")).toContain('href="https://shop.example/');
});

test("raw HTML is shown as the text it is, and no picture is fetched", () => {
  expect(draw("<img src=x onerror=alert(1)>")).toContain("&lt;img src=x onerror=alert(1)&gt;");
  expect(draw("![alt](https://tracker.example/p.png)")).not.toContain("<img");
});

const allowed =
  /^<\/?(div|p|h3|h4|h5|ul|ol|li|strong|em|del|code|pre|span|button|svg|path|br|hr|a|table|thead|tbody|tr|th|td|blockquote|input)[\s/>]/;

test("whatever is written, only our own harmless elements come out", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "<script>",
      "<a href=javascript:x>",
      "](javascript:x)",
      "[x",
      "![",
      "`",
      "\n\n",
    ),
    fc.constantFrom("<style>", "<iframe srcdoc=x>", "onerror=", "| a |\n|--|\n", "- ", "> ", "***"),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.boolean(), (pieces, open) => {
      const html = draw(pieces.join(""), open);
      for (const tag of html.match(/<[^>]*>/g) ?? []) expect(tag).toMatch(allowed);
      for (const [, url = ""] of html.matchAll(/ href="([^"]*)"/g)) {
        expect(url).toMatch(/^(https?:|mailto:)/);
      }
    }),
    { numRuns: 400 },
  );
});

test("relative addresses belong to the page", () => {
  expect(safeUrl("/care", "https://shop.example/page")).toBe("https://shop.example/care");
});
