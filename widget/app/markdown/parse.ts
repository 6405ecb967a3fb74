import { Lexer, type MarkedToken, type Token } from "marked";
import { heal } from "./heal";

let last: { source: string; tokens: MarkedToken[] } | undefined;

/** The Markdown tree of a message; `open` while more of it is to come. */
export function parse(text: string, open: boolean): MarkedToken[] {
  const source = open ? heal(text) : text;
  if (last?.source === source) return last.tokens;
  // Lines break where the writer broke them, as chat models expect.
  const tokens = new Lexer({ gfm: true, breaks: true }).lex(source) as MarkedToken[];
  last = { source, tokens };
  return tokens;
}

/** The children of a node, typed: without extensions the lexer makes no other kinds. */
export function childrenOf(token: { tokens?: Token[] }): MarkedToken[] {
  return (token.tokens ?? []) as MarkedToken[];
}

const entities: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  copy: "©",
};

/** Resolves the few named character references that people and models do write. */
export function decode(text: string): string {
  return text.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
}

const schemes = new Set(["http:", "https:", "mailto:"]);

/** The address of a link if following it is harmless; undefined for every other scheme. */
export function safeUrl(href: string, base: string): string | undefined {
  try {
    const url = new URL(href, base);
    return schemes.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** What a voice would read of a tree: no marks, no addresses; code only by its name. */
export function plainText(tokens: MarkedToken[]): string {
  return tokens.map(plainToken).join("");
}

function plainToken(token: MarkedToken): string {
  switch (token.type) {
    case "br":
    case "space":
      return "\n";
    case "list":
      return token.items.map((item) => `${plainText(childrenOf(item)).trim()}\n`).join("");
    case "table":
      return [token.header, ...token.rows]
        .map((row) => `${row.map((cell) => plainText(childrenOf(cell))).join(", ")}\n`)
        .join("");
    case "heading":
    case "paragraph":
    case "blockquote":
      return `${plainText(childrenOf(token))}\n`;
    case "text":
    case "strong":
    case "em":
    case "del":
    case "link":
      return token.tokens?.length ? plainText(childrenOf(token)) : decode(token.text);
    case "codespan":
    case "escape":
    case "image":
      return token.text;
    default:
      return ""; // code, rules, raw HTML
  }
}
