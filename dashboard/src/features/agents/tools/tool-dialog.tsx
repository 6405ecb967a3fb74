import { Plus, X } from "lucide-react";
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
import { Input, Select, Textarea } from "@/components/ui/input";
import { useEditor } from "@/features/agents/editor/use-editor";
import { formOf, type ToolForm, toolOf, unreadable } from "@/features/agents/tools/form";
import { PolicyFields } from "@/features/agents/tools/policy-fields";
import { useSaveTools } from "@/features/agents/tools/queries";
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

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

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
  const blocked = refused ?? unread.inputSchema ?? unread.body;
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
              <Request form={form} change={change} problem={problem} unread={unread} />
            )}
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

type RequestProps = FieldsProps & { unread: ReturnType<typeof unreadable> };

function Request({ form, change, problem, unread }: RequestProps) {
  return (
    <div className="flex flex-col gap-5">
      <h3 className="border-t pt-5 font-semibold">Request</h3>
      <div className="grid gap-5 sm:grid-cols-[8rem_1fr]">
        <Field label="Method" error={problem("http.method")}>
          <Select
            value={form.method}
            onChange={({ target }) =>
              change({ method: methods.find((method) => method === target.value) ?? "GET" })
            }
          >
            {methods.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </Select>
        </Field>
        <Field
          label="Address"
          hint="With placeholders such as {{args.order}} or {{visitor.externalId}}."
          error={problem("http.url")}
        >
          <Input
            spellCheck={false}
            placeholder="https://shop.example.com/orders/{{args.order}}"
            value={form.url}
            onChange={({ target }) => change({ url: target.value })}
          />
        </Field>
      </div>
      <Headers form={form} change={change} problem={problem} />
      <Field
        label="Arguments"
        hint="A JSON Schema. The tighter it is, the less your server meets that it does not expect."
        error={unread.inputSchema ?? problem("inputSchema")}
      >
        <Textarea
          className="min-h-40 font-mono text-[0.8125rem]!"
          spellCheck={false}
          value={form.inputSchema}
          onChange={({ target }) => change({ inputSchema: target.value })}
        />
      </Field>
      {form.method !== "GET" && (
        <Field
          label="Body"
          hint="JSON with placeholders in its texts; empty: the arguments."
          error={unread.body ?? problem("http.body")}
        >
          <Textarea
            className="font-mono text-[0.8125rem]!"
            spellCheck={false}
            placeholder='{ "amount": "{{args.amount}}" }'
            value={form.body}
            onChange={({ target }) => change({ body: target.value })}
          />
        </Field>
      )}
      <div className="grid gap-5 sm:grid-cols-2">
        <Field
          label="Result"
          hint="The part of the answer that the model is told, such as refund.id; empty: all of it."
          error={problem("http.result")}
        >
          <Input
            spellCheck={false}
            value={form.result}
            onChange={({ target }) => change({ result: target.value })}
          />
        </Field>
        <Field
          label="Timeout, in seconds"
          hint="For all attempts together."
          error={problem("timeoutSeconds")}
        >
          <Input
            inputMode="numeric"
            placeholder="20"
            value={form.timeoutSeconds}
            onChange={({ target }) => change({ timeoutSeconds: target.value.replace(/\D/g, "") })}
          />
        </Field>
      </div>
      {form.class === "write" && (
        <Field
          label="Probe"
          hint="A GET that answers 200 if a call was done and 404 if not. It is asked when an answer is lost."
          error={problem("http.probe") ?? problem("http.probe.url")}
        >
          <Input
            spellCheck={false}
            placeholder="https://shop.example.com/refunds/by-key/{{call.id}}"
            value={form.probeUrl}
            onChange={({ target }) => change({ probeUrl: target.value })}
          />
        </Field>
      )}
    </div>
  );
}

function Headers({ form, change, problem }: FieldsProps) {
  const put = (index: number, changed: Partial<ToolForm["headers"][number]>) =>
    change({
      headers: form.headers.map((header, at) =>
        at === index ? { ...header, ...changed } : header,
      ),
    });
  return (
    <div className="flex flex-col items-start gap-2">
      <span className="font-medium">Headers</span>
      {form.headers.map((header, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
        <div key={index} className="flex w-full flex-col gap-1">
          <div className="flex gap-2">
            <Input
              aria-label="Header"
              className="sm:max-w-48"
              placeholder="Authorization"
              spellCheck={false}
              value={header.name}
              onChange={({ target }) => put(index, { name: target.value })}
            />
            <Input
              aria-label={`Value of ${header.name || "the header"}`}
              placeholder="Bearer {{secrets.SHOP_KEY}}"
              spellCheck={false}
              value={header.value}
              onChange={({ target }) => put(index, { value: target.value })}
            />
            <Button
              variant="ghost"
              size="icon"
              aria-label={`Remove ${header.name || "the header"}`}
              onClick={() => change({ headers: form.headers.filter((_, at) => at !== index) })}
            >
              <X aria-hidden />
            </Button>
          </div>
          {problem(`http.headers.${header.name.trim()}`) && (
            <p role="alert" className="font-medium text-[0.8125rem] text-danger-text">
              {problem(`http.headers.${header.name.trim()}`)}
            </p>
          )}
        </div>
      ))}
      <Button
        size="sm"
        onClick={() => change({ headers: [...form.headers, { name: "", value: "" }] })}
      >
        <Plus aria-hidden /> Add a header
      </Button>
      <p className="text-[0.8125rem] text-muted">
        Keys belong into secrets (Settings): write {"{{secrets.NAME}}"} here.
      </p>
    </div>
  );
}
