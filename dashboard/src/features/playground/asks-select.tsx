import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import type { Asks } from "@/features/playground/queries";

const hints: Record<Asks, string> = {
  changes: "Calls that read are made at once.",
  all: "Nothing is called before you have said yes.",
  none: "What a tool’s policy allows is done at once, for real.",
};

interface AsksSelectProps {
  value: Asks;
  onChange: (asks: Asks) => void;
}

/** Which calls of tools the person wants to be asked about. */
export function AsksSelect({ value, onChange }: AsksSelectProps) {
  return (
    <Field label="Tools act for real: ask me before" hint={hints[value]}>
      <Select value={value} onChange={({ target }) => onChange(target.value as Asks)}>
        <option value="changes">calls that change something</option>
        <option value="all">each call</option>
        <option value="none">no call that the policy allows</option>
      </Select>
    </Field>
  );
}
