import { Lexer } from "marked";
import { type Plugin, parseAst } from "vite";

/** Options that are the same for every message (see `parse`), as the code that they come to. */
const settled: Record<string, string> = {
  pedantic: "false",
  gfm: "true",
  breaks: "true",
  silent: "false",
  extensions: "null",
  hooks: "null",
};

/**
 * We take only the lexer of marked, and only one way of reading. Its module also
 * makes HTML, knows three other dialects and puts its patterns together when it
 * starts, none of which a bundler dares to drop. `lexer.test.ts` shows that what
 * is left reads like the whole.
 */
export const leanMarked: Plugin = {
  name: "lean-marked",
  transform: {
    filter: { id: /\/marked\/lib\/marked\.esm\.js/ },
    handler: (code) => ({ code: leanLexer(code), map: null }),
  },
};

/** The module of marked reduced to its `Lexer`. */
export function leanLexer(code: string): string {
  return droppable(withFinishedRules(withOptions(upToLexer(code))));
}

/** Leaves out what comes after the lexer: the renderers, and the ready instance with its helpers. */
function upToLexer(code: string): string {
  const name = /(\w+) as Lexer\b/.exec(code)?.[1];
  const lexer = parseAst(code).body.find(
    (statement) =>
      statement.type === "VariableDeclaration" &&
      statement.declarations.some(({ id }) => id.type === "Identifier" && id.name === name),
  );
  if (!lexer) throw changed("the class Lexer");
  return `${code.slice(0, lexer.end)}export{${name} as Lexer};`;
}

function withOptions(code: string): string {
  const options = /\bthis\.options\.(\w+)\b(?!=[^=])/g;
  return code.replace(options, (read, name: string) => settled[name] ?? read);
}

/** Writes the patterns of our dialect out, instead of the steps that lead to those of all. */
function withFinishedRules(code: string): string {
  const { block, inline } = Lexer.rules;
  const choice = /block:\w+\.normal,inline:\w+\.normal\};.*?\),(?=this\.tokenizer\.rules=)/;
  const rules = `block:${literal(block.gfm)},inline:${literal(inline.breaks)}};`;
  const catalogue = /static get rules\(\)\{.*?\}\}/;
  return replaced(replaced(code, choice, rules), catalogue, "");
}

function literal(rules: object): string {
  const entries = Object.entries(rules).map(([name, rule]) => {
    // What is no pattern is the one that never matches.
    return `${name}:${rule instanceof RegExp ? rule : "{exec:()=>null}"}`;
  });
  return `{${entries.join()}}`;
}

/** Promises the bundler that making a value does nothing else, so that unused ones may go. */
function droppable(code: string): string {
  const values = parseAst(code)
    .body.flatMap((statement) =>
      statement.type === "VariableDeclaration" ? statement.declarations : [],
    )
    .map(({ init }) => init)
    .filter((init) => init?.type === "CallExpression" || init?.type === "ObjectExpression");
  return values.reduceRight((text, value) => {
    if (!value) return text;
    const { start, end } = value;
    return `${text.slice(0, start)}/* @__PURE__ */(()=>(${text.slice(start, end)}))()${text.slice(end)}`;
  }, code);
}

function replaced(code: string, pattern: RegExp, text: string): string {
  if (!pattern.test(code)) throw changed(String(pattern));
  return code.replace(pattern, () => text);
}

function changed(what: string): Error {
  return new Error(`marked has changed: ${what} is not in its bundle`);
}
