import type { AgentConfig } from "@/api/types";
import type { Choice } from "@/components/ui/choice";

type Recovery = AgentConfig["recovery"];

/** What may become of an answer whose server dies in mid-sentence, with what each costs. */
export const recoveries: readonly [Choice<Recovery>, Choice<Recovery>] = [
  {
    value: "resume",
    label: "Go on where it stopped",
    text: "The provider keeps each answer for some weeks, so another server reads on in it. Visitors notice a pause of seconds, no word is lost, and you pay once.",
  },
  {
    value: "regenerate",
    label: "Start the answer again",
    text: "The provider is asked to keep nothing. What was shown is taken back once and the model is asked anew: you pay for both, and the second answer may read differently.",
  },
];

export function recoveryLabel(recovery: Recovery): string {
  return recoveries[recovery === "regenerate" ? 1 : 0].label;
}
