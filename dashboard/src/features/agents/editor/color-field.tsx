import { Check } from "lucide-react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { contrast, isHexColor } from "@/lib/color";

const defaultColor = "#5b4be1"; // the widget's own
const swatches = ["#5b4be1", "#2563eb", "#0f766e", "#15803d", "#b45309", "#be123c", "#334155"];
const needed = 4.5; // WCAG AA for text

interface ColorFieldProps {
  value: string;
  onChange: (color: string) => void;
  onBlur: () => void;
  error?: string | undefined;
  readOnly?: boolean;
}

/** A colour by swatch, by the system's picker or by its code, with a word on legibility. */
export function ColorField({ value, onChange, onBlur, error, readOnly }: ColorFieldProps) {
  const shown = isHexColor(value) ? value : defaultColor;
  return (
    <Field label="Colour" error={error} hint={<ContrastNote color={shown} />}>
      <div className="flex flex-wrap items-center gap-2">
        <input
          type="color"
          aria-label="Pick a colour"
          value={shown}
          disabled={readOnly}
          onChange={(event) => onChange(event.target.value)}
          className="h-9 w-12 cursor-pointer rounded-control border border-line-strong bg-surface p-1"
        />
        <Input
          value={value}
          placeholder={defaultColor}
          spellCheck={false}
          maxLength={7}
          readOnly={readOnly}
          onBlur={onBlur}
          onChange={(event) => onChange(event.target.value.trim().toLowerCase())}
          className="w-28 font-mono"
        />
        <div className="flex flex-wrap gap-1.5">
          {swatches.map((swatch) => (
            <button
              key={swatch}
              type="button"
              aria-label={`Use ${swatch}`}
              aria-pressed={shown === swatch}
              disabled={readOnly}
              onClick={() => onChange(swatch)}
              className="grid size-8 place-items-center rounded-full text-[#ffffff] sm:size-7"
              style={{ backgroundColor: swatch }}
            >
              {shown === swatch && <Check className="size-4" aria-hidden />}
            </button>
          ))}
        </div>
      </div>
    </Field>
  );
}

function ContrastNote({ color }: { color: string }) {
  const white = contrast(color, "#ffffff");
  if (white >= needed) return `White text on it reads well (${white.toFixed(1)} : 1).`;
  return (
    <span className="font-medium text-warn-text">
      White text on it is hard to read ({white.toFixed(1)} : 1; {needed} : 1 is needed), so the
      widget puts dark text on it. A darker colour looks calmer.
    </span>
  );
}
