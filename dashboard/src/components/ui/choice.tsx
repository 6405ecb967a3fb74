import { RadioGroup as Radix } from "radix-ui";
import { type ReactNode, useId } from "react";
import { cn } from "@/lib/cn";

export interface Choice<Value extends string> {
  value: Value;
  label: string;
  text?: ReactNode;
}

interface ChoicesProps<Value extends string> {
  legend: string;
  choices: readonly Choice<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  disabled?: boolean;
  /** How many stand side by side where there is room. */
  columns?: 1 | 2 | 3;
}

const grids = { 1: "", 2: "sm:grid-cols-2", 3: "sm:grid-cols-3" };

/** One of a few, each with room for an explanation. */
export function Choices<Value extends string>(props: ChoicesProps<Value>) {
  const { legend, choices, value, onChange, disabled, columns = 1 } = props;
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <span id={id} className="font-medium">
        {legend}
      </span>
      <Radix.Root
        aria-labelledby={id}
        value={value}
        onValueChange={(next) => onChange(next as Value)}
        disabled={disabled}
        className={cn("grid gap-2", grids[columns])}
      >
        {choices.map((choice) => (
          <ChoiceCard key={choice.value} {...choice} />
        ))}
      </Radix.Root>
    </div>
  );
}

function ChoiceCard({ value, label, text }: Choice<string>) {
  return (
    <Radix.Item
      value={value}
      aria-label={label}
      className="group flex items-start gap-3 rounded-control border border-line-strong bg-surface px-3 py-2.5 text-start transition-colors hover:border-faint disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft/50"
    >
      <span className="mt-0.5 grid size-4 shrink-0 place-items-center rounded-full border border-line-strong bg-surface group-data-[state=checked]:border-accent">
        <Radix.Indicator className="size-2 rounded-full bg-accent" />
      </span>
      <span className="flex min-w-0 flex-col gap-0.5">
        <span className="font-medium">{label}</span>
        {text && <span className="text-[0.8125rem] text-muted">{text}</span>}
      </span>
    </Radix.Item>
  );
}
