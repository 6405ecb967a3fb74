import { useMutation } from "@tanstack/react-query";
import { ProblemAlert } from "@/components/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { contentOf } from "@/features/agents/editor/form";
import { useEditor } from "@/features/agents/editor/use-editor";
import { agentQuery } from "@/features/agents/queries";

/** What stands above the editor while something keeps the draft from being saved. */
export function DraftNotices() {
  const { refused, saveState, saver } = useEditor();
  if (refused) return <Alert title="You can look, not change">{refused}</Alert>;
  if (saveState.kind === "conflict") return <Conflict />;
  if (saveState.kind === "failed") {
    return <ProblemAlert error={saveState.error} onRetry={() => void saver.flush()} />;
  }
  return null;
}

function Conflict() {
  const { agent, form, saver, load } = useEditor();
  const deps = useDeps();
  const fresh = () => deps.queries.fetchQuery({ ...agentQuery(deps, agent.id), staleTime: 0 });
  const onError = (error: Error) => toast(error.message, "danger");
  const takeTheirs = useMutation({ mutationFn: async () => load(await fresh()), onError });
  const keepOurs = useMutation({
    mutationFn: async () => saver.overwrite((await fresh()).revision, contentOf(form.getValues())),
    onError,
  });
  const actions = (
    <>
      <Button size="sm" busy={takeTheirs.isPending} onClick={() => takeTheirs.mutate()}>
        Load their version
      </Button>
      <Button size="sm" busy={keepOurs.isPending} onClick={() => keepOurs.mutate()}>
        Keep mine
      </Button>
    </>
  );
  return (
    <Alert tone="warn" title="Somebody else has changed this draft" actions={actions} live>
      Your last changes are not saved yet. Load their version and lose yours, or keep yours and
      overwrite theirs.
    </Alert>
  );
}
