import { Globe, X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useFieldArray } from "react-hook-form";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { parseOrigin } from "@/features/agents/editor/form";
import { useEditor } from "@/features/agents/editor/use-editor";

/** The web addresses whose pages may show the widget. */
export function AllowedOrigins() {
  const { agent, form, refused } = useEditor();
  const list = useFieldArray({ control: form.control, name: "allowedOrigins" });
  return (
    <Card id="sites">
      <CardHeader
        title="Allowed sites"
        description="Only pages of these web addresses can show the widget. Changes count once they are published."
      />
      <CardBody>
        {list.fields.length === 0 ? (
          <Alert tone="warn">No site is allowed yet, so the widget stays hidden everywhere.</Alert>
        ) : (
          <ul className="flex flex-col rounded-control border">
            {list.fields.map(({ id, origin }, index) => (
              <li
                key={id}
                className="flex items-center gap-3 border-b py-1.5 ps-3 pe-1.5 last:border-b-0"
              >
                <Globe className="size-4 shrink-0 text-faint" aria-hidden />
                <span className="min-w-0 flex-1 font-mono text-[0.8125rem] wrap-anywhere">
                  {origin}
                </span>
                <Button
                  variant="ghost"
                  size="iconSm"
                  aria-label={`Remove ${origin}`}
                  blocked={refused}
                  onClick={() => list.remove(index)}
                >
                  <X aria-hidden />
                </Button>
              </li>
            ))}
          </ul>
        )}
        {!refused && (
          <AddOrigin
            known={list.fields.map(({ origin }) => origin)}
            onAdd={(origin) => list.append({ origin })}
          />
        )}
        {agent.hasUnpublishedChanges && agent.publishedVersion && (
          <p className="text-[0.8125rem] text-muted">
            The draft has changes that are not published; visitors’ pages follow version{" "}
            {agent.publishedVersion.number}.
          </p>
        )}
      </CardBody>
    </Card>
  );
}

interface AddOriginProps {
  known: string[];
  onAdd: (origin: string) => void;
}

function AddOrigin({ known, onAdd }: AddOriginProps) {
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const add = () => {
    const parsed = parseOrigin(text);
    if ("error" in parsed) return setError(parsed.error);
    if (known.includes(parsed.origin)) return setError(`${parsed.origin} is on the list.`);
    onAdd(parsed.origin);
    setText("");
    setError(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  return (
    <Field
      label="Add a site"
      error={error}
      hint="With its port, if it has one: http://localhost:3000."
    >
      <AddRow
        text={text}
        onKeyDown={onKeyDown}
        onAdd={add}
        onChange={(next) => {
          setText(next);
          setError(undefined);
        }}
      />
    </Field>
  );
}

interface AddRowProps {
  text: string;
  onChange: (text: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onAdd: () => void;
}

function AddRow({ text, onChange, onKeyDown, onAdd }: AddRowProps) {
  return (
    <div className="flex gap-2">
      <Input
        type="url"
        inputMode="url"
        value={text}
        placeholder="https://www.example.com"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <Button blocked={text.trim() === "" && "Write the site's address first."} onClick={onAdd}>
        Add
      </Button>
    </div>
  );
}
