import { CodeBlock } from "@/components/ui/code-block";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import type { ToolForm } from "@/features/agents/tools/form";
import {
  ArgumentsField,
  type RequestProps,
  TimeoutField,
} from "@/features/agents/tools/request-fields";

/** What the page that the visitor is on is asked, what it may answer, and how it is taught to. */
export function ClientFields({ form, change, problem, unread }: RequestProps) {
  return (
    <div className="flex flex-col gap-5">
      <h3 className="border-t pt-5 font-semibold">In the visitor's page</h3>
      <p className="text-muted">
        A function of your page does it, in the browser. The agent is offered the tool where the
        page has it. What the page answers is the visitor's word: never decide by it who may do
        what.
      </p>
      <ArgumentsField form={form} change={change} problem={problem} unread={unread} />
      <Field
        label="Answer"
        hint="A JSON Schema of what your page gives back; empty: anything."
        error={unread.outputSchema ?? problem("outputSchema")}
      >
        <Textarea
          className="font-mono text-[0.8125rem]!"
          spellCheck={false}
          placeholder='{ "type": "object" }'
          value={form.outputSchema}
          onChange={({ target }) => change({ outputSchema: target.value })}
        />
      </Field>
      <div className="grid gap-5 sm:grid-cols-2">
        <TimeoutField form={form} change={change} problem={problem} />
      </div>
      <div className="flex flex-col gap-2">
        <h4 className="font-medium">For your page, behind the chat's tag</h4>
        <CodeBlock label="the function's beginning" code={snippetOf(form)} />
      </div>
    </div>
  );
}

function snippetOf({ name }: ToolForm): string {
  return `<script>
  window.Parley = window.Parley || function () { (Parley.q = Parley.q || []).push(arguments) };
  Parley("tool", ${JSON.stringify(name.trim() || "name_of_the_tool")}, async (input, { signal }) => {
    // Do it, and give what the agent is told of it. What is thrown is told as well.
    return { done: true };
  });
</script>`;
}
