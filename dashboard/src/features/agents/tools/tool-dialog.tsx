import { type ReactNode, useState } from "react";
import { ApiError } from "@/api/problem";
import type { Tool } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Choices } from "@/components/ui/choice";
import {
  Dialog,
  DialogBody,
  DialogClose,
  DialogContent,
  DialogFooter,
} from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { useEditor } from "@/features/agents/editor/use-editor";
import { ClientFields } from "@/features/agents/tools/client-fields";
import { formOf, type ToolForm, toolOf, unreadable } from "@/features/agents/tools/form";
import { McpFields } from "@/features/agents/tools/mcp-fields";
import { PolicyFields } from "@/features/agents/tools/policy-fields";
import { useSaveTools } from "@/features/agents/tools/queries";
import { RequestFields } from "@/features/agents/tools/request-fields";
import { TryTool } from "@/features/agents/tools/try-tool";
import { classes } from "@/features/agents/tools/words";

interface ToolDialogProps {
  tool: Tool;
  /** Its place among the agent's tools; after the last: another one. */
  index: number;
  onClose: () => void;
}

export interface FieldsProps {
  form: ToolForm;
  change: (changed: Partial<ToolForm>) => void;
  /** What is wrong with a field of the tool, as in "http.url". */
  problem: (field: string) => string | undefined;
}

/** One tool, from its name to who decides about its calls. */
export function ToolDialog({ tool, index, onClose }: ToolDialogProps) {
  const { agent, refused } = useEditor();
  const [form, setForm] = useState(() => formOf(tool));
  const save = useSaveTools();
  const unread = unreadable(form);
  const change = (changed: Partial<ToolForm>) => setForm((before) => ({ ...before, ...changed }));
  const problem = (field: string) =>
    save.error instanceof ApiError
      ? save.error.fieldError(`draft.tools[${index}].${field}`)
      : undefined;
  const located = save.error instanceof ApiError && save.error.problem.errors?.length;
  const store = () => {
    const tools = [...agent.draft.tools];
    tools[index] = toolOf(form);
    save.mutate(tools, { onSuccess: onClose });
  };
  const blocked = refused ?? unread.inputSchema ?? unread.outputSchema ?? unread.body;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        wide
        title={tool.name ? tool.title || tool.name : "Another tool"}
        onInteractOutside={(event) => event.preventDefault()}
      >
        <DialogBody className="gap-6">
          {save.isError &&
            (located ? (
              <Refused>{save.error.message}</Refused>
            ) : (
              <ProblemAlert error={save.error} />
            ))}
          <fieldset disabled={Boolean(refused)} className="contents">
            <Identity form={form} change={change} problem={problem} />
            {form.kind === "http" && (
              <RequestFields form={form} change={change} problem={problem} unread={unread} />
            )}
            {form.kind === "client" && (
              <ClientFields form={form} change={change} problem={problem} unread={unread} />
            )}
            {form.mcp && <McpFields form={form} change={change} problem={problem} />}
            <PolicyFields form={form} change={change} problem={problem} />
          </fieldset>
          {!refused && <TryTool form={form} />}
        </DialogBody>
        <DialogFooter>
          <DialogClose asChild>
            <Button>{refused ? "Close" : "Cancel"}</Button>
          </DialogClose>
          {!refused && (
            <Button variant="primary" busy={save.isPending} blocked={blocked} onClick={store}>
              Save the tool
            </Button>
          )}
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}

/** Repeats at the top what stands at a field that may be out of sight. */
function Refused({ children }: { children: ReactNode }) {
  return (
    <p
      role="alert"
      className="rounded-control bg-danger-soft px-3 py-2 font-medium text-danger-text"
    >
      {children}
    </p>
  );
}

function Identity({ form, change, problem }: FieldsProps) {
  const builtIn = form.kind === "builtin";
  return (
    <>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label="Title" hint="What people are shown." error={problem("title")}>
          <Input
            maxLength={80}
            placeholder="Refund an order"
            value={form.title}
            onChange={({ target }) => change({ title: target.value })}
          />
        </Field>
        <Field
          label="Name"
          hint="What the model calls it: letters, digits, _ and -."
          error={problem("name")}
        >
          <Input
            maxLength={64}
            placeholder="refund_order"
            spellCheck={false}
            readOnly={builtIn}
            value={form.name}
            onChange={({ target }) => change({ name: target.value })}
          />
        </Field>
      </div>
      {!builtIn && (
        <Field
          label="Description"
          hint="The model knows nothing else of it: what it is for, when to use it, what to ask first."
          error={problem("description")}
        >
          <Textarea
            maxLength={2000}
            value={form.description}
            onChange={({ target }) => change({ description: target.value })}
          />
        </Field>
      )}
      {!builtIn && (
        <Choices
          legend="What it does"
          choices={classes}
          value={form.class}
          onChange={(value) => change({ class: value })}
        />
      )}
    </>
  );
}
