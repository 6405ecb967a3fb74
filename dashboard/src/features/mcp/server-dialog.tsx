import { useState } from "react";
import { ApiError } from "@/api/problem";
import type { McpServer } from "@/api/types";
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
import { Input } from "@/components/ui/input";
import { useSaveServer } from "@/features/mcp/queries";
import {
  missingIn,
  requestOf,
  type ServerForm,
  type SignIn,
  serverFormOf,
} from "@/features/mcp/server-form";

const signIns: { value: SignIn; label: string; text: string }[] = [
  { value: "none", label: "No sign-in", text: "Anybody may use the server." },
  { value: "token", label: "A token", text: "Sent with each request, as a bearer token." },
  {
    value: "oauth",
    label: "Client credentials",
    text: "OAuth 2.1: Parley asks for tokens where the server says.",
  },
];

interface ServerDialogProps {
  /** The server to change; undefined: another one. */
  server?: McpServer;
  onSaved: (server: McpServer) => void;
  onClose: () => void;
}

/** Where an MCP server is, and how we sign in there. */
export function ServerDialog({ server, onSaved, onClose }: ServerDialogProps) {
  const [form, setForm] = useState(() => serverFormOf(server));
  const save = useSaveServer();
  const change = (changed: Partial<ServerForm>) => setForm((before) => ({ ...before, ...changed }));
  const refusal = save.error instanceof ApiError ? save.error : undefined;
  const problem = (field: string) => refusal?.fieldError(field);
  const atFields = ["name", "url", "oauth.clientId", "oauth.issuer"].some(problem);
  const store = () => save.mutate(requestOf(form), { onSuccess: onSaved });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title={server ? server.name : "Another MCP server"}
        description="Parley asks it at once what tools it has."
        onInteractOutside={(event) => event.preventDefault()}
      >
        <DialogBody className="gap-5">
          <Field label="Name" error={problem("name")}>
            <Input
              maxLength={80}
              placeholder="Shop"
              value={form.name}
              onChange={({ target }) => change({ name: target.value })}
            />
          </Field>
          <Field
            label="Address"
            hint="Of its streamable HTTP endpoint, often with /mcp at the end."
            error={problem("url")}
          >
            <Input
              spellCheck={false}
              inputMode="url"
              placeholder="https://shop.example.com/mcp"
              value={form.url}
              onChange={({ target }) => change({ url: target.value })}
            />
          </Field>
          <Choices
            legend="Sign-in"
            choices={signIns}
            value={form.signIn}
            onChange={(signIn) => change({ signIn })}
          />
          <Keys form={form} change={change} problem={problem} />
          {save.isError && !atFields && <ProblemAlert error={save.error} />}
        </DialogBody>
        <DialogFooter>
          <DialogClose asChild>
            <Button>Cancel</Button>
          </DialogClose>
          <Button variant="primary" busy={save.isPending} blocked={missingIn(form)} onClick={store}>
            {server ? "Save and ask it" : "Add the server"}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}

interface KeysProps {
  form: ServerForm;
  change: (changed: Partial<ServerForm>) => void;
  problem: (field: string) => string | undefined;
}

function Keys({ form, change, problem }: KeysProps) {
  const stored = form.before ? "Empty: the one that is there stays." : "Kept as a secret.";
  if (form.signIn === "none") return null;
  if (form.signIn === "token") {
    return (
      <Field label="Token" hint={stored}>
        <Input
          type="password"
          autoComplete="off"
          maxLength={8192}
          value={form.token}
          onChange={({ target }) => change({ token: target.value })}
        />
      </Field>
    );
  }
  return (
    <>
      <Field label="Client id" error={problem("oauth.clientId")}>
        <Input
          spellCheck={false}
          autoComplete="off"
          maxLength={500}
          value={form.clientId}
          onChange={({ target }) => change({ clientId: target.value })}
        />
      </Field>
      <Field label="Client secret" hint={stored}>
        <Input
          type="password"
          autoComplete="off"
          maxLength={8192}
          value={form.clientSecret}
          onChange={({ target }) => change({ clientSecret: target.value })}
        />
      </Field>
      <Field
        label="Authorization server"
        hint="If you know it: no other one is shown the secret. Empty: the one that the server names."
        error={problem("oauth.issuer")}
      >
        <Input
          spellCheck={false}
          inputMode="url"
          placeholder="https://login.example.com"
          value={form.issuer}
          onChange={({ target }) => change({ issuer: target.value })}
        />
      </Field>
    </>
  );
}
