import { useMutation } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useState } from "react";
import { bodyOf } from "@/api/client";
import { ApiError } from "@/api/problem";
import { ProblemAlert } from "@/components/problem";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { exampleOf, isJson, type ToolForm, toolOf, unreadable } from "@/features/agents/tools/form";
import { nobody, VisitorFields, visitorOf } from "@/features/agents/tools/visitor-fields";
import { decisions } from "@/features/agents/tools/words";

const states = {
  succeeded: { label: "It worked", tone: "success" },
  failed: { label: "It did not work", tone: "danger" },
  outcome_unknown: { label: "Nobody knows whether it was done", tone: "warn" },
} as const;

/** Makes a call for real, or asks the policy, with arguments made up here. */
export function TryTool({ form }: { form: ToolForm }) {
  const deps = useDeps();
  const { agent } = useEditor();
  const [typed, setTyped] = useState<string>();
  const [person, setPerson] = useState(nobody);
  const [confirm, setConfirm] = useState(false);
  const text = typed ?? example(form);
  const visitor = visitorOf(person);
  const call = useMutation({
    mutationFn: () =>
      bodyOf(
        deps.api.POST("/v1/tools/test", {
          body: {
            tool: toolOf(form),
            arguments: JSON.parse(text),
            ...(visitor && { visitor }),
            confirm,
          },
        }),
      ),
    onSettled: () => setConfirm(false), // each call is confirmed on its own
  });
  const ask = useMutation({
    mutationFn: () =>
      bodyOf(
        deps.api.POST("/v1/tools/policy-test", {
          body: {
            policy: toolOf(form).policy,
            arguments: JSON.parse(text),
            agentId: agent.id,
            ...(visitor && { visitor }),
          },
        }),
      ),
  });
  const blocked = blockedBy(form, text);
  const inPage = form.kind === "client";
  const changes = form.kind !== "builtin" && !inPage && form.class !== "read";
  return (
    <details className="rounded-card border">
      <summary className="rounded-card px-4 py-3 font-semibold">Try it</summary>
      <div className="flex flex-col gap-4 border-t p-4">
        <Field
          label="Example"
          hint="Arguments, as the model would write them."
          error={fieldOf(call.error) ?? fieldOf(ask.error)}
        >
          <Textarea
            className="font-mono text-[0.8125rem]!"
            spellCheck={false}
            value={text}
            onChange={({ target }) => {
              setTyped(target.value);
              setConfirm(false);
            }}
          />
        </Field>
        <VisitorFields
          visitor={person}
          onChange={(changed) => {
            setPerson(changed);
            setConfirm(false);
          }}
        />
        {inPage && (
          <p className="text-muted">
            Only a page can make the call: put the function into yours and ask the agent there. Who
            would decide about it can be seen here.
          </p>
        )}
        {changes && (
          <Switch
            label="Really do it"
            hint="The call is made for real, and changes something."
            checked={confirm}
            onCheckedChange={setConfirm}
          />
        )}
        <div className="flex flex-wrap gap-2">
          {!inPage && (
            <Button
              busy={call.isPending}
              blocked={
                blocked ??
                (changes && !confirm ? "Say first that you really want it done." : undefined)
              }
              onClick={() => call.mutate()}
            >
              <Play aria-hidden /> Make the call
            </Button>
          )}
          <Button
            variant="ghost"
            busy={ask.isPending}
            blocked={blocked}
            onClick={() => ask.mutate()}
          >
            Who would decide?
          </Button>
        </div>
        {ask.data && (
          <p role="status">
            {decisions.find(({ value }) => value === ask.data.decision)?.label}
            {ask.data.rule !== undefined && `, by exception ${ask.data.rule + 1}`}
            {ask.data.error && `, because it cannot be decided: ${ask.data.error}`}
          </p>
        )}
        {[call.error, ask.error].map(
          (error) => error && !fieldOf(error) && <ProblemAlert key={error.message} error={error} />,
        )}
        {call.data && (
          <div role="status" className="flex flex-col gap-3">
            <p className="flex items-center gap-2">
              <Badge tone={states[call.data.state].tone}>{states[call.data.state].label}</Badge>
              <span className="text-muted text-xs">{call.data.durationMs} ms</span>
            </p>
            <CodeBlock
              label="what the model is told"
              code={call.data.error ?? JSON.stringify(call.data.output, null, 2)}
              copyable={false}
            />
          </div>
        )}
      </div>
    </details>
  );
}

/** What has to be put right before anything can be tried. */
function blockedBy(form: ToolForm, text: string): string | undefined {
  const { inputSchema, outputSchema, body } = unreadable(form);
  const unread = inputSchema ?? outputSchema ?? body;
  return unread ?? (isJson(text) ? undefined : "The example is not JSON.");
}

/** Arguments to begin with, as long as nobody has written any. */
function example({ inputSchema }: ToolForm): string {
  return isJson(inputSchema) ? JSON.stringify(exampleOf(JSON.parse(inputSchema)), null, 2) : "{}";
}

function fieldOf(error: unknown): string | undefined {
  return error instanceof ApiError ? error.fieldError("arguments") : undefined;
}
