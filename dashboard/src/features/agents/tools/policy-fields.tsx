import { Plus, X } from "lucide-react";
import type { Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field, FieldError } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { asksStaff } from "@/features/agents/tools/form";
import type { FieldsProps } from "@/features/agents/tools/tool-dialog";
import { decisions } from "@/features/agents/tools/words";
import { readable } from "@/features/approvals/words";

type Policy = Tool["policy"];
type Decision = Policy["default"];
type Rule = NonNullable<Policy["rules"]>[number];
type Approval = NonNullable<Policy["approval"]>;

/** Who decides about each call. */
export function PolicyFields({ form, change, problem }: FieldsProps) {
  const { policy } = form;
  const rules = policy.rules ?? [];
  const put = (changed: Partial<Policy>) => change({ policy: { ...policy, ...changed } });
  const putRule = (index: number, changed: Partial<Rule>) =>
    put({ rules: rules.map((rule, at) => (at === index ? { ...rule, ...changed } : rule)) });
  const all = [policy.default, ...rules.map(({ then }) => then)];
  return (
    <div className="flex flex-col gap-5">
      <h3 className="border-t pt-5 font-semibold">Who decides</h3>
      <Field
        label="Each call"
        hint="Unless one of the exceptions fits; the first that fits counts."
      >
        <Decide value={policy.default} onChange={(value) => put({ default: value })} />
      </Field>
      <div className="flex flex-col items-start gap-2">
        <span className="font-medium">Exceptions</span>
        {rules.map((rule, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
          <div key={index} className="flex w-full flex-col gap-1">
            <div className="flex flex-wrap gap-2 sm:flex-nowrap">
              <Input
                aria-label={`Condition ${index + 1}`}
                className="font-mono text-[0.8125rem]!"
                placeholder="args.amount > 100"
                spellCheck={false}
                value={rule.when}
                onChange={({ target }) => putRule(index, { when: target.value })}
              />
              <Decide
                label={`What then, ${index + 1}`}
                value={rule.then}
                // biome-ignore lint/suspicious/noThenProperty: the API's word
                onChange={(value) => putRule(index, { then: value })}
              />
              <Button
                variant="ghost"
                size="icon"
                aria-label={`Remove exception ${index + 1}`}
                onClick={() => put({ rules: rules.filter((_, at) => at !== index) })}
              >
                <X aria-hidden />
              </Button>
            </div>
            {problem(`policy.rules[${index}].when`) && (
              <FieldError>{problem(`policy.rules[${index}].when`)}</FieldError>
            )}
          </div>
        ))}
        <Button size="sm" onClick={() => put({ rules: [...rules, nextRule] })}>
          <Plus aria-hidden /> Add an exception
        </Button>
        <p className="text-[0.8125rem] text-muted">
          Conditions are CEL over args, visitor and agent, such as visitor.externalId == "".
        </p>
      </div>
      {all.some((decision) => decision.startsWith("ask_")) && (
        <ApprovalFields
          approval={policy.approval ?? {}}
          staff={asksStaff(policy)}
          problem={problem}
          onChange={(approval) => put({ approval })}
        />
      )}
    </div>
  );
}

interface DecideProps {
  label?: string;
  value: Decision;
  onChange: (value: Decision) => void;
}

function Decide({ label, value, onChange }: DecideProps) {
  return (
    <Select
      aria-label={label}
      className="sm:w-44 sm:shrink-0"
      value={value}
      onChange={({ target }) =>
        onChange(decisions.find((decision) => decision.value === target.value)?.value ?? "deny")
      }
    >
      {decisions.map((decision) => (
        <option key={decision.value} value={decision.value}>
          {decision.label}
        </option>
      ))}
    </Select>
  );
}

// biome-ignore lint/suspicious/noThenProperty: the API's word
const nextRule: Rule = { when: "", then: "ask_staff" };

const spans = [
  { minutes: 60, label: "an hour" },
  { minutes: 1_440, label: "a day" },
  { minutes: 4_320, label: "three days" },
  { minutes: 10_080, label: "a week" },
  { minutes: 43_200, label: "30 days" },
];

/** The spans to choose from, with the one that is set by other means. */
function spansWith(minutes: number) {
  if (spans.some((span) => span.minutes === minutes)) return spans;
  const own = { minutes, label: inWords(minutes) };
  return [...spans, own].sort((one, other) => one.minutes - other.minutes);
}

function inWords(minutes: number): string {
  if (minutes % 1_440 === 0) return `${minutes / 1_440} days`;
  if (minutes % 60 === 0) return `${minutes / 60} hours`;
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}

const deciders = ["owner", "admin", "agent"] as const;

interface RolesProps {
  roles: Approval["roles"];
  onChange: (roles: Approval["roles"]) => void;
}

/** Which members may decide; all three where nobody has said anything. */
function Roles({ roles, onChange }: RolesProps) {
  const chosen = roles?.length ? roles : deciders;
  const toggle = (role: (typeof deciders)[number], on: boolean) => {
    const next = deciders.filter((other) => (other === role ? on : chosen.includes(other)));
    if (next.length > 0) onChange(next.length === deciders.length ? undefined : next);
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 font-medium">Who is asked</legend>
      <p className="text-[0.8125rem] text-muted">One of them at least stays chosen.</p>
      {deciders.map((role) => (
        <Switch
          key={role}
          label={`${readable(role)}s`}
          checked={chosen.includes(role)}
          onCheckedChange={(on) => toggle(role, on)}
        />
      ))}
    </fieldset>
  );
}

interface ApprovalFieldsProps {
  approval: Approval;
  /** The team is asked, not only the visitor. */
  staff: boolean;
  problem: FieldsProps["problem"];
  onChange: (approval: Approval) => void;
}

function ApprovalFields({ approval, staff, problem, onChange }: ApprovalFieldsProps) {
  const put = (changed: Partial<Approval>) => onChange({ ...approval, ...changed });
  const number = (text: string) => Number(text.replace(/\D/g, "")) || undefined;
  return (
    <div className="flex flex-col gap-5 rounded-card bg-sunken p-4">
      <span className="font-medium">When people are asked</span>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label="They have" error={problem("policy.approval.expiresInMinutes")}>
          <Select
            value={String(approval.expiresInMinutes || 1_440)}
            onChange={({ target }) => put({ expiresInMinutes: Number(target.value) })}
          >
            {spansWith(approval.expiresInMinutes || 1_440).map(({ minutes, label }) => (
              <option key={minutes} value={minutes}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="If nobody decides, it is">
          <Select
            value={approval.onExpiry ?? "deny"}
            onChange={({ target }) =>
              put({ onExpiry: target.value === "allow" ? "allow" : "deny" })
            }
          >
            <option value="deny">not done</option>
            <option value="allow">done</option>
          </Select>
        </Field>
        {staff && (
          <>
            <Field label="How many have to approve" error={problem("policy.approval.quorum")}>
              <Input
                inputMode="numeric"
                placeholder="1"
                value={approval.quorum ?? ""}
                onChange={({ target }) => put({ quorum: number(target.value) })}
              />
            </Field>
            <Field
              label="Remind after, in minutes"
              hint="Empty: never. Owners are told as well then."
              error={problem("policy.approval.remindAfterMinutes")}
            >
              <Input
                inputMode="numeric"
                value={approval.remindAfterMinutes ?? ""}
                onChange={({ target }) => put({ remindAfterMinutes: number(target.value) })}
              />
            </Field>
          </>
        )}
      </div>
      {staff && <Roles roles={approval.roles} onChange={(roles) => put({ roles })} />}
      {staff && (
        <Switch
          label="Those who approve may change the arguments"
          checked={approval.editable ?? false}
          onCheckedChange={(editable) => put({ editable })}
        />
      )}
    </div>
  );
}
