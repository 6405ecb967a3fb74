import type { Permission } from "@/api/types";
import { FieldError } from "@/components/ui/field";
import { scopes } from "@/features/keys/scopes";

interface ScopeChoiceProps {
  value: Permission[];
  onChange: (scopes: Permission[]) => void;
  /** Nobody can grant what they may not do themselves. */
  grantable: readonly Permission[];
  error?: string | undefined;
}

/** What a secret key may do. */
export function ScopeChoice({ value, onChange, grantable, error }: ScopeChoiceProps) {
  const toggle = (scope: Permission, on: boolean) =>
    onChange(on ? [...value, scope] : value.filter((other) => other !== scope));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 font-medium">It may</legend>
      {error && <FieldError>{error}</FieldError>}
      <div className="flex max-h-64 flex-col overflow-y-auto rounded-control border border-line-strong">
        {scopes
          .filter(({ scope }) => grantable.includes(scope))
          .map(({ scope, label }) => (
            <label
              key={scope}
              className="flex cursor-pointer items-center gap-3 border-b px-3 py-2 last:border-b-0 hover:bg-sunken"
            >
              <input
                type="checkbox"
                checked={value.includes(scope)}
                onChange={(event) => toggle(scope, event.target.checked)}
                className="size-4 shrink-0 accent-accent"
              />
              <span className="min-w-0 flex-1">{label}</span>
              <code className="font-mono text-faint text-xs max-sm:hidden">{scope}</code>
            </label>
          ))}
      </div>
    </fieldset>
  );
}
