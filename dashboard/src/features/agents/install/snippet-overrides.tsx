import { ChevronRight } from "lucide-react";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import type { SnippetOptions } from "@/features/agents/install/snippet";
import { isHexColor } from "@/lib/color";

export type Overrides = Pick<SnippetOptions, "color" | "position" | "theme" | "locale" | "open">;

interface SnippetOverridesProps {
  value: Overrides;
  onChange: (value: Overrides) => void;
}

/** What one page does otherwise than the agent's appearance says. */
export function SnippetOverrides({ value, onChange }: SnippetOverridesProps) {
  const set = (change: Overrides) => onChange({ ...value, ...change });
  const badColor = Boolean(value.color) && !isHexColor(value.color ?? "");
  return (
    <details className="group rounded-control border">
      <summary className="flex list-none items-center gap-2 px-3 py-2.5 font-medium">
        <ChevronRight
          aria-hidden
          className="size-4 text-faint transition-transform group-open:rotate-90 rtl:rotate-180"
        />
        Options for this page
      </summary>
      <div className="grid gap-4 border-t p-4 sm:grid-cols-2">
        <Field label="Colour" error={badColor ? "Write a colour like #5b4be1." : undefined}>
          <Input
            placeholder="As the agent"
            maxLength={7}
            spellCheck={false}
            value={value.color ?? ""}
            onChange={(event) => set({ color: event.target.value.trim() })}
          />
        </Field>
        <Field label="Language">
          <Input
            placeholder="As the visitor's browser"
            maxLength={20}
            spellCheck={false}
            value={value.locale ?? ""}
            onChange={(event) => set({ locale: event.target.value.trim() })}
          />
        </Field>
        <Field label="Position">
          <Select
            value={value.position ?? ""}
            onChange={(event) => set({ position: event.target.value })}
          >
            <option value="">As the agent</option>
            <option value="bottom-right">Bottom right</option>
            <option value="bottom-left">Bottom left</option>
          </Select>
        </Field>
        <Field label="Theme">
          <Select
            value={value.theme ?? ""}
            onChange={(event) => set({ theme: event.target.value })}
          >
            <option value="">As the agent</option>
            <option value="auto">Automatic</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </Select>
        </Field>
        <div className="sm:col-span-2">
          <Switch
            label="Open by itself"
            hint="The panel opens when the page has loaded."
            checked={value.open ?? false}
            onCheckedChange={(open) => set({ open })}
          />
        </div>
      </div>
    </details>
  );
}
