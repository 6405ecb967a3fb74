import { randomUUID } from "node:crypto";
import { platform } from "../platform/platform";

/** How the simulated model serves one question: see llm/simulator's Fault. */
interface Behaviour {
  deltas?: string[];
  pace?: { firstTokenMs: number; intervalMs: number };
  stallAfter?: number;
  stallMs?: number;
  times?: number;
  status?: number;
  code?: string;
  message?: string;
}

/** The events of the Responses API that come before the first piece of an answer's text. */
const EVENTS_BEFORE_TEXT = 4;

/** A question with an answer that is known beforehand. */
export interface Scripted {
  question: string;
  answer: string;
}

/** Has the model answer a question, which is made unique, in a certain way, or in one after the other. */
async function behave(question: string, ...behaviours: Behaviour[]): Promise<string> {
  const marked = `${question} (${randomUUID().slice(0, 8)})`;
  for (const behaviour of behaviours) {
    const response = await fetch(`${platform().simulatorUrl}/_faults`, {
      method: "POST",
      body: JSON.stringify({ match: { text: marked, endpoint: "responses" }, ...behaviour }),
    });
    if (!response.ok) throw new Error(`the simulator refused: ${await response.text()}`);
  }
  return marked;
}

/**
 * A slow answer of numbered words: long enough to meddle with while it streams,
 * and plain enough that a page shows exactly the characters that were sent.
 */
export async function longAnswer(words = 120, intervalMs = 60): Promise<Scripted> {
  const deltas = Array.from({ length: words }, (_, i) => `word${i + 1} `);
  deltas.push("and that is all.");
  const pace = { firstTokenMs: 100, intervalMs };
  return { question: await behave("Count for me", { deltas, pace }), answer: deltas.join("") };
}

export async function shortAnswer(text: string): Promise<Scripted> {
  return { question: await behave("Tell me", shortly(text)), answer: text };
}

/** A question that the model answers in one way when it is first asked, and in another after that. */
export async function twoAnswers(first: string, second: string): Promise<string> {
  return behave("Choose", { ...shortly(first), times: 1 }, shortly(second));
}

function shortly(text: string): Behaviour {
  return { deltas: text.split(/(?<= )/), pace: { firstTokenMs: 20, intervalMs: 5 } };
}

/** An answer with a silence of that length after its first words. */
export async function silentAnswer(stallMs: number): Promise<Scripted> {
  const deltas = ["Let me think. ", "Yes, ", "it is glazed."];
  const pace = { firstTokenMs: 20, intervalMs: 5 };
  const silence = { stallAfter: EVENTS_BEFORE_TEXT + 1, stallMs };
  return {
    question: await behave("Think hard", { deltas, pace, ...silence }),
    answer: deltas.join(""),
  };
}

/** A question that the model refuses, so many times. */
export async function refusedQuestion(times: number): Promise<string> {
  const refusal = { status: 400, code: "invalid_prompt", message: "The prompt is not acceptable." };
  return behave("Refuse me", { times, ...refusal });
}
