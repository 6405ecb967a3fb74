import { Plus, X } from "lucide-react";
import type { Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field, FieldError } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import type { FieldsProps } from "@/features/agents/tools/tool-dialog";
import { decisions } from "@/features/agents/tools/words";

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
          staff={all.includes("ask_staff")}
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
            {spans.map(({ minutes, label }) => (
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
