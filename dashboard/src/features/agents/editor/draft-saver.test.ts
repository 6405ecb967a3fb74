import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/problem";
import type { Agent } from "@/api/types";
import { DraftSaver } from "@/features/agents/editor/draft-saver";
import { type AgentContent, contentOf, formOf } from "@/features/agents/editor/form";
import { sampleAgent } from "@/test/samples";

interface Save {
  content: AgentContent;
  revision: number;
  succeed: () => Promise<void>;
  fail: (error: unknown) => Promise<void>;
}

/** A saver whose saves wait for the test to end them. */
function setUp() {
  const saves: Save[] = [];
  const saver = new DraftSaver({
    revision: 1,
    content: named("Support"),
    delay: 800,
    save: (content, revision) =>
      new Promise<Agent>((resolve, reject) => {
        const settle = (act: () => void) => async () => {
          act();
          await vi.advanceTimersByTimeAsync(0);
        };
        saves.push({
          content,
          revision,
          succeed: settle(() => resolve(sampleAgent({ revision: revision + 1 }))),
          fail: (error) => settle(() => reject(error))(),
        });
      }),
  });
  return { saver, saves };
}

function named(name: string): AgentContent {
  return { ...contentOf(formOf(sampleAgent())), name };
}

const conflict = new ApiError(409, { detail: "Stale." });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("DraftSaver", () => {
  it("saves the last of several changes, once it is still", async () => {
    const { saver, saves } = setUp();
    saver.change(named("a"));
    await vi.advanceTimersByTimeAsync(700);
    saver.change(named("b"));
    await vi.advanceTimersByTimeAsync(700);
    expect(saves).toHaveLength(0);
    expect(saver.snapshot().kind).toBe("waiting");
    await vi.advanceTimersByTimeAsync(100);
    expect(saves.map(({ content }) => content.name)).toEqual(["b"]);
    expect(saver.snapshot().kind).toBe("saving");
    await saves[0]?.succeed();
    expect(saver.snapshot().kind).toBe("saved");
    expect(saver.currentRevision).toBe(2);
  });

  it("saves what changed during a save right after it, over the new revision", async () => {
    const { saver, saves } = setUp();
    saver.change(named("a"));
    void saver.flush();
    saver.change(named("b"));
    expect(saves).toHaveLength(1);
    await saves[0]?.succeed();
    expect(saves[1]).toMatchObject({ revision: 2, content: { name: "b" } });
    expect(saver.snapshot().kind).toBe("saving");
    await saves[1]?.succeed();
    expect(saver.snapshot().kind).toBe("saved");
  });

  it("does not save what is invalid, nor the valid state before it", async () => {
    const { saver, saves } = setUp();
    saver.change(named("a"));
    saver.change(null);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(saves).toHaveLength(0);
    expect(saver.snapshot().kind).toBe("invalid");
  });

  it("does not save what the server has already", async () => {
    const { saver, saves } = setUp();
    saver.change(named("Support"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(saves).toHaveLength(0);
    expect(saver.snapshot().kind).toBe("saved");
  });

  it("saves again once the wrong field is put right", async () => {
    const { saver, saves } = setUp();
    saver.change(null);
    saver.change(named("Support"));
    await vi.advanceTimersByTimeAsync(800);
    await saves[0]?.succeed();
    expect(saver.snapshot().kind).toBe("saved");
  });

  it("stays invalid when a save from before ends", async () => {
    const { saver, saves } = setUp();
    saver.change(named("a"));
    void saver.flush();
    saver.change(null);
    await saves[0]?.succeed();
    expect(saver.snapshot().kind).toBe("invalid");
  });

  it("waits for a decision after a conflict, whatever is typed", async () => {
    const { saver, saves } = setUp();
    saver.change(named("a"));
    void saver.flush();
    await saves[0]?.fail(conflict);
    expect(saver.snapshot().kind).toBe("conflict");
    saver.change(named("b"));
    await vi.advanceTimersByTimeAsync(5_000);
    await saver.flush();
    expect(saves).toHaveLength(1);
  });

  it("overwrites after a conflict when it is told to", async () => {
    const { saver, saves } = setUp();
    saver.change(named("a"));
    void saver.flush();
    await saves[0]?.fail(conflict);
    const done = saver.overwrite(7, named("mine"));
    expect(saves[1]).toMatchObject({ revision: 7, content: { name: "mine" } });
    await saves[1]?.succeed();
    await done;
    expect(saver.snapshot().kind).toBe("saved");
    expect(saver.currentRevision).toBe(8);
  });

  it("forgets its own change when the server's is loaded", async () => {
    const { saver, saves } = setUp();
    saver.change(named("a"));
    void saver.flush();
    await saves[0]?.fail(conflict);
    saver.reset(7, named("theirs"));
    saver.change(named("theirs")); // the form shows it
    expect(saver.snapshot().kind).toBe("saved");
    await saver.flush();
    expect(saves).toHaveLength(1);
  });

  it("keeps a change that could not be saved for another try", async () => {
    const { saver, saves } = setUp();
    saver.change(named("a"));
    void saver.flush();
    await saves[0]?.fail(new ApiError(0, {}));
    expect(saver.snapshot().kind).toBe("failed");
    void saver.flush();
    expect(saves[1]).toMatchObject({ revision: 1, content: { name: "a" } });
    await saves[1]?.succeed();
    expect(saver.snapshot().kind).toBe("saved");
  });
});
