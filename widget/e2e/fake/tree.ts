import type { Message } from "../../app/protocol";

/** A conversation's messages as the server keeps them: one branch of a tree is shown. */
export class MessageTree {
  /** In the order in which they were stored. */
  readonly all: Message[] = [];
  readonly #parents = new Map<string, string | undefined>();
  #end: string | undefined;

  add(message: Omit<Message, "position">): Message {
    const stored = { ...message, position: this.all.length + 1 };
    this.all.push(stored);
    this.#parents.set(stored.id, this.#end);
    this.#end = stored.id;
    return stored;
  }

  get shown(): Message[] {
    return this.#branch(this.#end).map((message) => {
      const versions = this.versions(message.id);
      return versions.length > 1 ? { ...message, versions } : message;
    });
  }

  versions(id: string): string[] {
    const parent = this.#parents.get(id);
    return this.all.map((m) => m.id).filter((other) => this.#parents.get(other) === parent);
  }

  parentOf(id: string): string | undefined {
    return this.#parents.get(id);
  }

  /** Goes on after that message. */
  leave(after: string | undefined): void {
    this.#end = after;
  }

  /** Shows the newest branch with that message. */
  show(id: string): void {
    const newest = this.all.findLast((m) => this.#branch(m.id).some((on) => on.id === id));
    this.#end = newest?.id;
  }

  #branch(end: string | undefined): Message[] {
    const message = this.all.find((m) => m.id === end);
    return message ? [...this.#branch(this.#parents.get(message.id)), message] : [];
  }
}
