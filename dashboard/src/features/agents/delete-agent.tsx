import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { agentsQuery } from "@/features/agents/queries";
import { checklistQuery } from "@/features/home/queries";
import { useRefusal } from "@/features/session/permissions";

/** The button that deletes an agent, once its consequences are confirmed. */
export function DeleteAgent({ agent }: { agent: Agent }) {
  const refused = useRefusal("agents:write");
  const remove = useDeleteAgent(agent);
  if (refused) return null;
  return (
    <Confirm
      danger
      trigger={
        <Button variant="ghost" size="icon" aria-label={`Delete ${agent.name}`}>
          <Trash2 aria-hidden />
        </Button>
      }
      title={`Delete ${agent.name}?`}
      action="Delete agent"
      onConfirm={() => remove.mutateAsync()}
    >
      Its widgets close on every page. Its conversations stay readable here. This cannot be undone.
    </Confirm>
  );
}

function useDeleteAgent(agent: Agent) {
  const deps = useDeps();
  const router = useRouter();
  return useMutation({
    mutationFn: () => deps.api.DELETE("/v1/agents/{id}", { params: { path: { id: agent.id } } }),
    onSuccess: async () => {
      await router.navigate({ to: "/agents", ignoreBlocker: true });
      deps.queries.removeQueries({ queryKey: ["agents", agent.id] });
      void deps.queries.invalidateQueries({ queryKey: agentsQuery(deps).queryKey });
      void deps.queries.invalidateQueries({ queryKey: checklistQuery(deps).queryKey });
      toast(`${agent.name} is deleted`);
    },
  });
}
