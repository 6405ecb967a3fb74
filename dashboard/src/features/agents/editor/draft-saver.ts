import { isStatus } from "@/api/problem";
import type { Agent } from "@/api/types";
import type { AgentContent } from "@/features/agents/editor/form";

export type SaveState =
  | { kind: "saved" }
  /** Changed, and about to be saved. */
  | { kind: "waiting" }
  | { kind: "saving" }
  /** Changed into something that cannot be saved: a field is wrong. */
  | { kind: "invalid" }
  /** Somebody else has changed the draft since it was read. */
  | { kind: "conflict" }
  | { kind: "failed"; error: unknown };

export interface DraftSaverOptions {
  revision: number;
  /** What the server has at that revision. */
  content: AgentContent;
  /** Saves the content over the revision; the agent comes back with a new one. */
  save: (content: AgentContent, revision: number) => Promise<Agent>;
  /** Milliseconds of stillness before a change is saved. */
  delay: number;
}

/**
 * Saves a draft by itself: one save at a time, always the newest content, each over the revision
 * that the one before made. After a conflict it waits for a person's decision.
 */
export class DraftSaver {
  private state: SaveState = { kind: "saved" };
  private revision: number;
  /** The content that was last read, saved or taken in, as text; "" when that could not be saved. */
  private known: string;
  private pending: AgentContent | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly options: DraftSaverOptions) {
    this.revision = options.revision;
    this.known = JSON.stringify(options.content);
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): SaveState => this.state;

  get currentRevision(): number {
    return this.revision;
  }

  /** Takes what the form holds now; null when that cannot be saved. */
  change(content: AgentContent | null) {
    const text = content ? JSON.stringify(content) : "";
    if (text === this.known) return;
    this.known = text;
    clearTimeout(this.timer);
    this.pending = content;
    if (this.state.kind === "conflict") return;
    if (content === null) return this.show({ kind: "invalid" });
    if (!this.running) this.show({ kind: "waiting" });
    this.timer = setTimeout(() => void this.flush(), this.options.delay);
  }

  /** Saves at once what waits, and ends when nothing runs any more. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** After a conflict: saves our content over the revision that somebody else made. */
  async overwrite(revision: number, content: AgentContent): Promise<void> {
    this.revision = revision;
    this.pending = content;
    this.state = { kind: "waiting" };
    return this.flush();
  }

  /** Starts anew from what the server has: the form shows that revision now. */
  reset(revision: number, content: AgentContent) {
    clearTimeout(this.timer);
    this.revision = revision;
    this.known = JSON.stringify(content);
    this.pending = null;
    this.show({ kind: "saved" });
  }

  private async run(): Promise<void> {
    while (this.pending && this.state.kind !== "conflict") {
      const content = this.pending;
      this.pending = null;
      if (!(await this.saveOnce(content))) return;
    }
  }

  private async saveOnce(content: AgentContent): Promise<boolean> {
    this.show({ kind: "saving" });
    try {
      const agent = await this.options.save(content, this.revision);
      this.revision = agent.revision;
      if (!this.pending && this.state.kind === "saving") this.show({ kind: "saved" });
      return true;
    } catch (error) {
      this.pending ??= content;
      this.show(isStatus(error, 409) ? { kind: "conflict" } : { kind: "failed", error });
      return false;
    }
  }

  private show(state: SaveState) {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}
