import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { ArrowRightLeft, Plus, X } from "lucide-react";
import { itemsOf } from "@/api/pages";
import type { Agent, AgentHandoff } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { Field, FieldError } from "@/components/ui/field";
import { Input, Select, Textarea } from "@/components/ui/input";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { freeName } from "@/features/agents/handoffs/names";
import { agentsQuery } from "@/features/agents/queries";

const mostHandoffs = 20;

/** The other agents that this one may give a conversation to. */
export function AgentHandoffs() {
  const { agent, form, refused } = useEditor();
  const { data } = useSuspenseInfiniteQuery(agentsQuery(useDeps()));
  const others = itemsOf(data).filter(({ id }) => id !== agent.id);
  const handoffs = form.watch("handoffs");
  const set = (next: AgentHandoff[]) =>
    form.setValue("handoffs", next, { shouldDirty: true, shouldValidate: true });
  const error = form.formState.errors.handoffs?.message;
  const first = others[0];
  const add = (to: Agent) =>
    set([...handoffs, { name: freeName(to.name, handoffs), agentId: to.id, when: "" }]);
  return (
    <Card>
      <CardHeader
        title="Other agents"
        description="The agent gives the conversation to another one, which goes on with its own instructions and tools. Visitors see who answers."
        action={
          <Button
            size="sm"
            disabled={Boolean(refused)}
            blocked={blockedBy(first, handoffs.length)}
            onClick={() => first && add(first)}
          >
            <Plus aria-hidden /> Add a handoff
          </Button>
        }
      />
      <CardBody>
        {handoffs.length === 0 && (
          <Empty icon={ArrowRightLeft} title="No handoffs">
            {first
              ? "This agent answers everything itself."
              : "Create a second agent first: one for sales, say, beside one for support."}
          </Empty>
        )}
        {handoffs.map((handoff, index) => (
          <Handoff
            // biome-ignore lint/suspicious/noArrayIndexKey: names change while they are typed
            key={index}
            handoff={handoff}
            others={others}
            off={Boolean(refused)}
            onChange={(changed) => set(handoffs.map((old, i) => (i === index ? changed : old)))}
            onRemove={() => set(handoffs.filter((_, i) => i !== index))}
          />
        ))}
        {error && <FieldError>{error}</FieldError>}
      </CardBody>
    </Card>
  );
}

function blockedBy(first: Agent | undefined, count: number): string | false {
  if (!first) return "There is no other agent to hand over to.";
  return count >= mostHandoffs && `At most ${mostHandoffs}.`;
}

interface HandoffProps {
  handoff: AgentHandoff;
  others: Agent[];
  off: boolean;
  onChange: (handoff: AgentHandoff) => void;
  onRemove: () => void;
}

function Handoff({ handoff, others, off, onChange, onRemove }: HandoffProps) {
  const { name, agentId, when, context = "conversation" } = handoff;
  const target = others.find(({ id }) => id === agentId);
  return (
    <fieldset
      className="flex flex-col gap-4 border-b pb-5 last:border-b-0 last:pb-0"
      disabled={off}
    >
      <legend className="sr-only">Handoff to {target?.name ?? name}</legend>
      <div className="grid grid-cols-[1fr_auto] items-start gap-4 sm:grid-cols-[1fr_1fr_auto]">
        <Field
          label="Agent"
          error={target ? undefined : "This agent is not there any more: choose another."}
        >
          <Select
            value={agentId}
            onChange={(event) => onChange({ ...handoff, agentId: event.target.value })}
          >
            {!target && <option value={agentId}>A deleted agent</option>}
            {others.map((other) => (
              <option key={other.id} value={other.id}>
                {other.name}
              </option>
            ))}
          </Select>
        </Field>
        <Field
          label="Name"
          hint="What the model calls it by."
          className="order-last col-span-full sm:order-none sm:col-span-1"
        >
          <Input
            maxLength={40}
            spellCheck={false}
            className="font-mono"
            value={name}
            onChange={(event) => onChange({ ...handoff, name: event.target.value })}
          />
        </Field>
        <Button
          variant="ghost"
          size="iconSm"
          className="mt-7"
          aria-label={`Remove the handoff to ${target?.name ?? name}`}
          onClick={onRemove}
        >
          <X aria-hidden />
        </Button>
      </div>
      <Field label="When" hint="The model knows nothing else of it.">
        <Textarea
          maxLength={1000}
          placeholder="The visitor wants to buy something, or asks what it costs."
          value={when}
          onChange={(event) => onChange({ ...handoff, when: event.target.value })}
        />
      </Field>
      <Field label="What goes along" className="max-w-96">
        <Select
          value={context}
          onChange={(event) =>
            onChange({ ...handoff, context: event.target.value as typeof context })
          }
        >
          <option value="conversation">The whole conversation</option>
          <option value="request">The last message, and a note of this agent</option>
        </Select>
      </Field>
    </fieldset>
  );
}
