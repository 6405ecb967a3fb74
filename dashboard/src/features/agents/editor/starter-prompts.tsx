import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useState } from "react";
import { useFieldArray } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { limits } from "@/features/agents/editor/form";
import { useEditor } from "@/features/agents/editor/use-editor";

/** The questions offered as buttons, in an order that can be changed. */
export function StarterPrompts() {
  const { form, refused } = useEditor();
  const list = useFieldArray({ control: form.control, name: "starterPrompts" });
  const [news, setNews] = useState("");
  const move = (from: number, to: number) => {
    list.move(from, to);
    setNews(`Moved to place ${to + 1} of ${list.fields.length}`);
  };
  const full = list.fields.length >= limits.starterPrompts;
  return (
    <fieldset className="flex flex-col gap-2" disabled={Boolean(refused)}>
      <legend className="mb-1.5 font-medium">Starter prompts</legend>
      {list.fields.length === 0 && (
        <p className="text-muted">Questions to begin with, shown as buttons. None so far.</p>
      )}
      <ol className="flex flex-col gap-2">
        {list.fields.map((field, index) => (
          <li key={field.id} className="flex items-center gap-1">
            <Input
              aria-label={`Starter prompt ${index + 1}`}
              maxLength={limits.starterPrompt}
              placeholder="Where is my order?"
              className="me-1"
              {...form.register(`starterPrompts.${index}.text`)}
            />
            <RowButton
              label={`Move prompt ${index + 1} up`}
              off={index === 0}
              onClick={() => move(index, index - 1)}
            >
              <ArrowUp aria-hidden />
            </RowButton>
            <RowButton
              label={`Move prompt ${index + 1} down`}
              off={index === list.fields.length - 1}
              onClick={() => move(index, index + 1)}
            >
              <ArrowDown aria-hidden />
            </RowButton>
            <RowButton label={`Remove prompt ${index + 1}`} onClick={() => list.remove(index)}>
              <X aria-hidden />
            </RowButton>
          </li>
        ))}
      </ol>
      <span role="status" className="sr-only">
        {news}
      </span>
      <div>
        <Button
          size="sm"
          disabled={Boolean(refused)}
          blocked={full && `At most ${limits.starterPrompts}: more would fill the panel.`}
          onClick={() => list.append({ text: "" })}
        >
          <Plus aria-hidden /> Add a prompt
        </Button>
      </div>
    </fieldset>
  );
}

interface RowButtonProps {
  label: string;
  off?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function RowButton({ label, off, onClick, children }: RowButtonProps) {
  return (
    <Button variant="ghost" size="iconSm" aria-label={label} disabled={off} onClick={onClick}>
      {children}
    </Button>
  );
}
