import { Plus, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Select, Textarea } from "@/components/ui/input";
import type { ToolForm, Unreadable } from "@/features/agents/tools/form";
import type { FieldsProps } from "@/features/agents/tools/tool-dialog";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export type RequestProps = FieldsProps & { unread: Unreadable };

/** The request of an HTTP tool, and what comes of its answer. */
export function RequestFields({ form, change, problem, unread }: RequestProps) {
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
      <ArgumentsField form={form} change={change} problem={problem} unread={unread} />
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
        <TimeoutField form={form} change={change} problem={problem} />
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

export function ArgumentsField({ form, change, problem, unread }: RequestProps) {
  return (
    <Field
      label="Arguments"
      hint={`A JSON Schema. The tighter it is, the less your ${form.kind === "client" ? "page" : "server"} meets that it does not expect.`}
      error={unread.inputSchema ?? problem("inputSchema")}
    >
      <Textarea
        className="min-h-40 font-mono text-[0.8125rem]!"
        spellCheck={false}
        value={form.inputSchema}
        onChange={({ target }) => change({ inputSchema: target.value })}
      />
    </Field>
  );
}

export function TimeoutField({ form, change, problem }: FieldsProps) {
  const inPage = form.kind === "client";
  return (
    <Field
      label="Timeout, in seconds"
      hint={inPage ? "At most 300: somebody may have to choose." : "For all attempts together."}
      error={problem("timeoutSeconds")}
    >
      <Input
        inputMode="numeric"
        placeholder={inPage ? "30" : "20"}
        value={form.timeoutSeconds}
        onChange={({ target }) => change({ timeoutSeconds: target.value.replace(/\D/g, "") })}
      />
    </Field>
  );
}
