import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { bodyOf } from "@/api/client";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Choices } from "@/components/ui/choice";
import {
  Dialog,
  DialogBody,
  DialogContent,
  DialogFooter,
  DialogTrigger,
} from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useDeps } from "@/deps";
import { agentQuery, agentsQuery } from "@/features/agents/queries";
import { templates } from "@/features/agents/templates";
import { useRefusal } from "@/features/session/permissions";

/** The button that makes an agent, with the dialog that asks for its name and beginning. */
export function CreateAgent() {
  const refused = useRefusal("agents:write");
  const [open, setOpen] = useState(false);
  const button = (
    <Button variant="primary" blocked={refused}>
      <Plus aria-hidden />
      New agent
    </Button>
  );
  if (refused) return button;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{button}</DialogTrigger>
      <DialogContent
        title="New agent"
        description="Visitors see nothing of it until you publish it."
      >
        <CreateForm />
      </DialogContent>
    </Dialog>
  );
}

interface CreateFields {
  name: string;
}

function CreateForm() {
  const [templateId, setTemplateId] = useState<string>(templates[0].id);
  const create = useCreateAgent();
  const form = useForm<CreateFields>({ defaultValues: { name: "" } });
  const submit = form.handleSubmit(({ name }) => create.mutate({ name: name.trim(), templateId }));
  return (
    <form noValidate onSubmit={submit} className="flex min-h-0 flex-col">
      <DialogBody>
        {create.isError && <ProblemAlert error={create.error} />}
        <Field
          label="Name"
          hint="For you and as the widget's title; both can change later."
          error={form.formState.errors.name?.message}
        >
          <Input
            autoFocus
            maxLength={80}
            placeholder="Support"
            {...form.register("name", {
              validate: (name) => name.trim() !== "" || "Give it a name.",
            })}
          />
        </Field>
        <Choices
          legend="Start from"
          value={templateId}
          onChange={setTemplateId}
          choices={templates.map(({ id, label, text }) => ({ value: id, label, text }))}
        />
      </DialogBody>
      <DialogFooter>
        <Button type="submit" variant="primary" busy={create.isPending}>
          Create agent
        </Button>
      </DialogFooter>
    </form>
  );
}

function useCreateAgent() {
  const deps = useDeps();
  const router = useRouter();
  return useMutation({
    mutationFn: ({ name, templateId }: { name: string; templateId: string }) => {
      const { config } = templates.find(({ id }) => id === templateId) ?? templates[0];
      const draft = { ...config, appearance: { title: name } };
      return bodyOf(deps.api.POST("/v1/agents", { body: { name, config: draft } }));
    },
    onSuccess: async (agent) => {
      deps.queries.setQueryData(agentQuery(deps, agent.id).queryKey, agent);
      void deps.queries.invalidateQueries({ queryKey: agentsQuery(deps).queryKey });
      await router.navigate({ to: "/agents/$agentId", params: { agentId: agent.id } });
    },
  });
}
