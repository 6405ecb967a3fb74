import type { Chunk } from "../protocol";
import type { TurnStatus } from "./turn";

export interface Recording {
  chunks: Chunk[];
  text: string;
  status: TurnStatus;
}

const begin: Chunk[] = [{ type: "start", messageId: "m1" }, { type: "start-step" }];

function deltas(id: string, ...texts: string[]): Chunk[] {
  return [
    { type: "text-start", id },
    ...texts.map((delta) => ({ type: "text-delta", id, delta })),
    { type: "text-end", id },
  ];
}

/** A call that is asked for, as visitors are told of it. */
function asked(toolCallId: string): Chunk[] {
  const call = { toolCallId, toolName: "look_up", title: "Look up" };
  return [
    { type: "tool-input-start", ...call },
    { type: "tool-input-available", ...call, input: {} },
  ];
}

const finish: Chunk[] = [{ type: "finish-step" }, { type: "finish", finishReason: "stop" }];

/** Logs of turns, one for each way in which a turn can go. Tests replay them. */
export const recordings: Record<string, Recording> = {
  "a plain answer": {
    chunks: [...begin, ...deltas("t1", "Hel", "lo ", "wörld 🌱"), ...finish],
    text: "Hello wörld 🌱",
    status: "complete",
  },
  "an answer with reasoning": {
    chunks: [
      ...begin,
      { type: "reasoning-start", id: "r1" },
      { type: "reasoning-delta", id: "r1", delta: "Hm." },
      { type: "reasoning-end", id: "r1" },
      ...deltas("t1", "Yes."),
      ...finish,
    ],
    text: "Yes.",
    status: "complete",
  },
  "a step that was given up and written again": {
    chunks: [
      ...begin,
      ...deltas("t1", "Wrong ", "words").slice(0, -1),
      { type: "data-reset", data: {} },
      ...deltas("t1", "Right ", "words"),
      ...finish,
    ],
    text: "Right words",
    status: "complete",
  },
  "two steps that use the same ids": {
    chunks: [
      ...begin,
      ...deltas("t1", "First."),
      { type: "finish-step" },
      { type: "data-steer", id: "steer-1", data: { messageIds: ["m0"] } },
      { type: "start-step" },
      ...deltas("t1", "Second", "."),
      ...finish,
    ],
    text: "First.\n\nSecond.",
    status: "complete",
  },
  "an answer with suggestions that were replaced": {
    chunks: [
      ...begin,
      ...deltas("t1", "Look:"),
      { type: "data-suggestions", id: "suggestions", data: { items: ["One?"] } },
      { type: "data-suggestions", id: "suggestions", data: { items: ["Two?"] } },
      ...finish,
    ],
    text: "Look:",
    status: "complete",
  },
  "an answer that takes three calls": {
    chunks: [
      ...begin,
      ...["c1", "c2", "c3"].flatMap(asked),
      { type: "finish-step" },
      { type: "tool-output-denied", toolCallId: "c2" },
      { type: "tool-output-available", toolCallId: "c1", output: null },
      { type: "tool-output-error", toolCallId: "c3", errorText: "The shop is closed." },
      { type: "start-step" },
      ...deltas("t1", "Here ", "it is."),
      ...finish,
    ],
    text: "Here it is.",
    status: "complete",
  },
  "a stopped answer": {
    chunks: [
      ...begin,
      ...deltas("t1", "Half a ", "sent").slice(0, -1),
      { type: "abort", reason: "stopped" },
    ],
    text: "Half a sent",
    status: "stopped",
  },
  "a failed answer": {
    chunks: [...begin, { type: "error", errorText: "The model is not available." }],
    text: "",
    status: "failed",
  },
};
