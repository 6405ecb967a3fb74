/**
 * Completes the Markdown of an answer that is still being written, so that the
 * reader never sees its half-open syntax: a bold word is bold from its first
 * letter, a link is its text until its address is there, a table appears with
 * its header complete. The finished text is never changed.
 */
export function heal(text: string): string {
  if (insideFence(text)) return text.replace(/\n`{1,2}$/, "\n");
  return closeInline(holdBack(text));
}

/** A link whose address is not whole; an address may hold one pair of brackets of its own. */
const OPEN_LINK = /!?\[([^[\]\n]*)(?:\](?:\((?:[^()\n]|\([^()\n]*\))*(?:\([^()\n]*)?)?)?$/;

function insideFence(text: string): boolean {
  const fences = text.match(/^ {0,3}(`{3,}|~{3,})/gm) ?? [];
  return fences.length % 2 === 1;
}

/** Leaves out a last line that cannot be told yet from what it may become. */
function holdBack(text: string): string {
  const start = text.lastIndexOf("\n") + 1;
  const line = text.slice(start);
  if (/^\s*([-*+>=`~_|]+|#{1,6}|\d{1,9}[.)]?)\s*$/.test(line) && !/^\d{4,}$/.test(line.trim())) {
    return holdTable(text.slice(0, start));
  }
  return holdTable(text);
}

/** A table's header row looks like prose until its delimiter row is there. */
function holdTable(text: string): string {
  const rows = /(?:^|\n)((?:[ \t]*\|[^\n]*(?:\n|$))+)$/.exec(text);
  const block = rows?.[1];
  if (!block) return text;
  const delimiter = block.split("\n")[1] ?? "";
  const isTable = /^[ \t]*\|?([ \t]*:?-+:?[ \t]*\|)+[ \t]*(:?-+:?[ \t]*\|?)?[ \t]*$/.test(
    delimiter,
  );
  const complete = isTable && columns(delimiter) === columns(block.split("\n")[0] ?? "");
  return complete ? text : text.slice(0, text.length - block.length);
}

function columns(row: string): number {
  return row.split("|").filter((cell) => cell.trim() !== "").length;
}

/** Closes what the last paragraph has opened. */
function closeInline(text: string): string {
  const start = text.lastIndexOf("\n\n") + 1;
  const paragraph = text.slice(start);
  return text.slice(0, start) + closeMarks(plainLink(paragraph));
}

function plainLink(paragraph: string): string {
  if (oddly(paragraph, /`+/g)) return paragraph;
  return paragraph.replace(OPEN_LINK, "$1").replace(/<(?:https?:|mailto:)?[^\s<>]*$/, "");
}

function closeMarks(paragraph: string): string {
  if (oddly(paragraph, /`+/g)) return close(paragraph, "`");
  const prose = paragraph.replace(/`[^`]*`/g, (code) => "x".repeat(code.length));
  let healed = paragraph;
  if (oddly(prose, /\*\*/g)) healed = close(healed.replace(/(?<!\*)\*$/, ""), "**");
  else if (/(^|[\s(])\*(?=[^\s*])[^*\n]*$/.test(prose)) healed = close(healed, "*");
  if (/(^|[\s(])_(?=[^\s_])[^_\n]*$/.test(prose)) healed = close(healed, "_");
  if (oddly(prose, /~~/g)) healed = close(healed.replace(/~$/, ""), "~~");
  return healed;
}

/** Appends a closing mark; where nothing stands between the marks, both go. */
function close(text: string, mark: string): string {
  const trimmed = text.trimEnd();
  return trimmed.endsWith(mark) ? trimmed.slice(0, -mark.length) : trimmed + mark;
}

function oddly(text: string, pattern: RegExp): boolean {
  return (text.match(pattern)?.length ?? 0) % 2 === 1;
}
