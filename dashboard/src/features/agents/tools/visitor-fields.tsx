import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

/** A visitor made up for a test, as it is typed. */
export interface TypedVisitor {
  externalId: string;
  name: string;
  email: string;
}

export const nobody: TypedVisitor = { externalId: "", name: "", email: "" };

/** What of a visitor is known; undefined: a visitor of whom nothing is. */
export function visitorOf(typed: TypedVisitor): Partial<TypedVisitor> | undefined {
  const known = Object.entries(typed)
    .map(([name, value]) => [name, value.trim()] as const)
    .filter(([, value]) => value);
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}

interface VisitorFieldsProps {
  visitor: TypedVisitor;
  onChange: (visitor: TypedVisitor) => void;
}

/** For whom a call is tried. */
export function VisitorFields({ visitor, onChange }: VisitorFieldsProps) {
  const input = (field: keyof TypedVisitor, maxLength: number, placeholder: string) => (
    <Input
      spellCheck={false}
      autoComplete="off"
      maxLength={maxLength}
      placeholder={placeholder}
      value={visitor[field]}
      onChange={({ target }) => onChange({ ...visitor, [field]: target.value })}
    />
  );
  return (
    <>
      <Field
        label="For the visitor"
        hint="The id that your own system knows somebody by. Empty: a visitor who is not signed in."
      >
        {input("externalId", 200, "customer-4711")}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Their name">{input("name", 200, "Ada")}</Field>
        <Field label="Their email">{input("email", 254, "ada@example.com")}</Field>
      </div>
    </>
  );
}
