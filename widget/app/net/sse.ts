/** One dispatched event of a server-sent event stream. */
export interface Frame {
  /** The id in force, "" before the first; it stays until the stream names another. */
  id: string;
  data: string;
}

/**
 * Decodes `text/event-stream` from pieces of any size. The frames depend on the
 * bytes alone, never on where the network cut them.
 */
export class FrameDecoder {
  readonly #utf8 = new TextDecoder();
  #rest = "";
  #id = "";
  #data: string[] = [];

  push(bytes: Uint8Array): Frame[] {
    const text = this.#rest + this.#utf8.decode(bytes, { stream: true });
    // A CR at the very end may be half of a CRLF: wait for what follows it.
    const usable = text.endsWith("\r") ? text.length - 1 : text.length;
    const lines = text.slice(0, usable).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + text.slice(usable);
    const frames: Frame[] = [];
    for (const line of lines) this.#line(line, frames);
    return frames;
  }

  #line(line: string, frames: Frame[]): void {
    if (line !== "") {
      this.#field(line);
      return;
    }
    if (this.#data.length > 0) frames.push({ id: this.#id, data: this.#data.join("\n") });
    this.#data = [];
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment: the heartbeat
    const name = colon < 0 ? line : line.slice(0, colon);
    const raw = colon < 0 ? "" : line.slice(colon + 1);
    const value = raw.startsWith(" ") ? raw.slice(1) : raw;
    if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }
}
