import type { Tool } from "@/api/types";
import type { Choice } from "@/components/ui/choice";

type Class = Tool["class"];
type Decision = Tool["policy"]["default"];

export const classes: Choice<Class>[] = [
  {
    value: "read",
    label: "Looks something up",
    text: "It changes nothing, so it may be repeated freely.",
  },
  {
    value: "idempotent",
    label: "Changes something once",
    text: "Your server does the same only once for each Idempotency-Key. The best choice for changes.",
  },
  {
    value: "write",
    label: "Changes something each time",
    text: "It is never sent twice. If an answer is lost, a person has to look.",
  },
];

export const decisions: { value: Decision; label: string }[] = [
  { value: "allow", label: "Allow" },
  { value: "ask_staff", label: "Ask your team" },
  { value: "ask_visitor", label: "Ask the visitor" },
  { value: "deny", label: "Deny" },
];

export function classLabel(value: Class): string {
  return classes.find((choice) => choice.value === value)?.label ?? value;
}

/** A policy in a line, for lists. */
export function policyInWords({ policy }: Tool): string {
  const first = decisions.find(({ value }) => value === policy.default)?.label ?? policy.default;
  const rules = policy.rules?.length ?? 0;
  return rules === 0
    ? first
    : `${first}, with ${rules} ${rules === 1 ? "exception" : "exceptions"}`;
}
