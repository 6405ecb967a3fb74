/** The end of a sentence or a line; quotes and brackets may close behind the mark. */
const END = /[.!?…。！？؟]+["'”’»)\]]*(?=\s)|\n+/g;

/**
 * Cuts a growing text into whole sentences, so that a screen reader speaks an
 * answer as it comes without stumbling over half words.
 */
export class SentenceCutter {
  #spoken = 0;

  /** The sentences that became whole since the last call; all of the rest at the end. */
  next(text: string, finished: boolean): string[] {
    const whole = finished ? text.length : lastEnd(text);
    if (whole <= this.#spoken) return [];
    const fresh = text.slice(this.#spoken, whole);
    this.#spoken = whole;
    return sentencesOf(fresh);
  }
}

function lastEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(END)) end = match.index + match[0].length;
  return end;
}

function sentencesOf(text: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  for (const match of text.matchAll(END)) {
    const end = match.index + match[0].length;
    sentences.push(text.slice(start, end));
    start = end;
  }
  sentences.push(text.slice(start));
  return sentences.map((sentence) => sentence.trim()).filter(Boolean);
}
