import type { Chunk } from "../../app/protocol";

/** One step of a scripted answer: wait, then write chunks into the log. */
export interface Beat {
  afterMs: number;
  chunks: Chunk[];
  /** Waits until the test lets the answer go on. */
  held?: boolean;
}

export const MARKDOWN = `## Three plants for a dark hallway

All of them live with little light; water them **only when the soil is dry**.

| Plant | Water | Price |
| --- | --- | ---: |
| Snake plant | every 3 weeks | £22 |
| ZZ plant | every 3 weeks | £24 |
| Peace lily | weekly | £18 |

1. Put it where it is *least* draughty.
2. Turn it once a month.
   - A quarter turn is enough.
3. Wipe the leaves with a damp cloth.

> Yellow leaves nearly always mean too much water.

A reminder for your calendar:

\`\`\`js
const next = new Date(Date.now() + 21 * 86_400_000);
console.log(\`Water on \${next.toDateString()} and not a day before\`);
\`\`\`

More in our [care guide](https://example.com/care), or write to shop@example.com. Use \`lukewarm\` water. <script>alert(1)</script> [not a link](javascript:alert(1))`;

const LONG = Array.from(
  { length: 14 },
  (_, i) =>
    `### Step ${i + 1}\n\nLift the plant out of its pot and loosen the roots with your fingers. Put fresh compost below it, so that it stands as high as before, and fill the sides.`,
).join("\n\n");

function words(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** A whole answer that streams `text`, a word at a time. */
export function answer(text: string, messageId: string, gapMs: number): Beat[] {
  const deltas = words(text).map((delta) => ({
    afterMs: gapMs,
    chunks: [{ type: "text-delta", id: "t1", delta }],
  }));
  return [
    { afterMs: gapMs, chunks: [{ type: "start", messageId }, { type: "start-step" }] },
    { afterMs: 0, chunks: [{ type: "text-start", id: "t1" }] },
    ...deltas,
    { afterMs: 0, chunks: [{ type: "text-end", id: "t1" }, { type: "finish-step" }] },
    { afterMs: 0, chunks: [{ type: "finish", finishReason: "stop" }] },
  ];
}

/**
 * The answer to a question; a question that begins with a slash asks for a scene,
 * and "/hold" before it makes the answer wait in its middle until it is let go:
 * whatever a test does there is done in mid-answer, however slow the machine is.
 */
export function scriptFor(question: string, messageId: string): Beat[] {
  const [scene = "", ...rest] = question.split(" ");
  if (scene === "/hold") return heldInTheMiddle(scriptFor(rest.join(" "), messageId));
  switch (scene) {
    case "/markdown":
      return answer(MARKDOWN, messageId, 4);
    case "/long":
      return answer(LONG, messageId, 3);
    case "/slow":
      return answer(
        "One two three four five six seven eight nine ten eleven twelve.",
        messageId,
        150,
      );
    case "/silent":
      return [{ afterMs: 60_000, chunks: [] }];
    case "/fail":
      return [
        ...answer("This begins well but", messageId, 5).slice(0, -2),
        { afterMs: 5, chunks: [{ type: "error", errorText: "The model is not available." }] },
      ];
    case "/reset":
      return [
        ...answer("A first try that is given up", messageId, 5).slice(0, -2),
        { afterMs: 200, chunks: [{ type: "data-reset", data: {} }] },
        ...answer("The second try is the one that counts.", messageId, 5).slice(1),
      ];
    case "/suggest":
      return suggesting(messageId);
    case "/tools":
      return calling(messageId, rest.join(" "));
    default:
      return answer(`You said: ${question}. Is there anything else?`, messageId, 8);
  }
}

function heldInTheMiddle(beats: Beat[]): Beat[] {
  const middle = Math.floor(beats.length / 2);
  return beats.with(middle, { ...(beats[middle] as Beat), held: true });
}

const OUTCOMES: Record<string, Chunk> = {
  asked: { type: "tool-approval-request", approvalId: "approval-1" },
  done: { type: "tool-output-available", output: null },
  failed: { type: "tool-output-error", errorText: "404: there is no such order." },
  denied: { type: "tool-output-denied" },
  unknown: { type: "tool-output-error", errorText: "It is not known whether this was done." },
  undone: { type: "tool-output-error", errorText: "The answer has ended before this was done." },
};

/**
 * Calls of tools that run side by side, then the answer: "/tools done:Look up, failed:pay_back"
 * says how each ends and what it is called; one without an outcome runs until it is let go.
 */
function calling(messageId: string, wanted: string): Beat[] {
  const calls = wanted.split(", ").map((call, index) => {
    const [outcome = "", title = ""] = call.split(":");
    const toolCallId = `${messageId}-${index}`;
    const name = title.includes("_") ? { toolName: title } : { toolName: "tool", title };
    return { toolCallId, name, outcome };
  });
  const asked = calls.flatMap(({ toolCallId, name }): Chunk[] => [
    { type: "tool-input-start", toolCallId, ...name },
    { type: "tool-input-available", toolCallId, ...name, input: {} },
  ]);
  const ends = calls.map(({ toolCallId, outcome }): Beat => {
    const chunk = OUTCOMES[outcome] ?? { type: "tool-output-available", output: null };
    return { afterMs: 5, held: !(outcome in OUTCOMES), chunks: [{ ...chunk, toolCallId }] };
  });
  const told = answer("That is what I have found.", messageId, 5);
  return [
    ...told.slice(0, 1),
    { afterMs: 5, chunks: [...asked, { type: "finish-step" }] },
    ...ends.toSorted((a, b) => Number(a.held) - Number(b.held)),
    { afterMs: 5, chunks: [{ type: "start-step" }] },
    ...told.slice(1),
  ];
}

function suggesting(messageId: string): Beat[] {
  const beats = answer("A monstera would be happy there.", messageId, 5);
  const items = ["How tall does it get?", "Does it need much water?", "Is it safe for cats?"];
  const chunk: Chunk = { type: "data-suggestions", id: "suggestions", data: { items } };
  return [...beats.slice(0, -1), { afterMs: 0, chunks: [chunk] }, ...beats.slice(-1)];
}
