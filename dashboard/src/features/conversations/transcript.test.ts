import { newTurn } from "@parley/widget/state/turn";
import { describe, expect, it } from "vitest";
import { transcriptOf } from "@/features/conversations/transcript";
import { sampleMessage, sampleTurn } from "@/test/samples";

const question = sampleMessage({ id: "question", position: 1, role: "user" });
const answer = sampleMessage({ id: "answer", position: 2, role: "assistant" });

describe("transcriptOf", () => {
  it("puts messages into their order and ties answers to their turns", () => {
    const turn = sampleTurn({ id: "turn", status: "completed" });
    const entries = transcriptOf([answer, question], [turn], null);
    expect(entries).toEqual([
      { kind: "message", key: "question", message: question, turn: undefined },
      { kind: "message", key: "answer", message: answer, turn },
    ]);
  });

  it("adds the answer that is being written", () => {
    const turn = sampleTurn({ id: "turn" });
    const live = { ...newTurn("turn"), messageId: "answer" };
    const entries = transcriptOf([question], [turn], live);
    expect(entries.map(({ kind }) => kind)).toEqual(["message", "live"]);
    expect(entries[1]?.key).toBe("answer"); // the stored message takes over the same place
  });

  it("shows an answer once when it has been stored", () => {
    const turn = sampleTurn({ id: "turn", status: "completed" });
    const live = { ...newTurn("turn"), messageId: "answer", status: "complete" as const };
    expect(transcriptOf([question, answer], [turn], live)).toHaveLength(2);
  });

  it("keeps what was written until the stored message has been read", () => {
    const live = { ...newTurn("turn"), messageId: "answer", status: "complete" as const };
    const entries = transcriptOf([question], [sampleTurn({ id: "turn" })], live);
    expect(entries.at(-1)?.kind).toBe("live");
  });

  it("marks the place of an answer that never came", () => {
    const turn = sampleTurn({ id: "turn", status: "failed" });
    const later = sampleMessage({ id: "later", position: 2, role: "user" });
    const entries = transcriptOf([question, later], [turn], null);
    expect(entries.map(({ kind }) => kind)).toEqual(["message", "missing", "message"]);
  });

  it("does not call an answer missing that was stopped half-way", () => {
    const turn = sampleTurn({ id: "turn", status: "stopped" });
    expect(transcriptOf([question, answer], [turn], null)).toHaveLength(2);
  });

  it("misses no answer that is another version of one that is shown", () => {
    const stopped = sampleTurn({ id: "first", status: "stopped", assistantMessageId: "other" });
    const anew = sampleTurn({ id: "second", status: "completed" });
    const shown = { ...answer, versions: ["other", "answer"] };
    const entries = transcriptOf([question, shown], [anew, stopped], null);
    expect(entries.map(({ key }) => key)).toEqual(["question", "other"]);
  });

  it("misses no answer while the question is being answered again", () => {
    const stopped = sampleTurn({ id: "first", status: "stopped", assistantMessageId: "other" });
    const anew = sampleTurn({ id: "second" });
    const live = { ...newTurn("second"), messageId: "answer" };
    const entries = transcriptOf([question], [anew, stopped], live);
    expect(entries.map(({ kind }) => kind)).toEqual(["message", "live"]);
  });
});
