import { useMutation, useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Rocket } from "lucide-react";
import { Suspense, useState } from "react";
import { bodyOf } from "@/api/client";
import { itemsOf } from "@/api/pages";
import { isStatus } from "@/api/problem";
import { ProblemAlert } from "@/components/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogBody,
  DialogClose,
  DialogContent,
  DialogFooter,
} from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { ChangeList } from "@/features/agents/editor/change-list";
import { changesBetween } from "@/features/agents/editor/changes";
import { useEditor } from "@/features/agents/editor/use-editor";
import { agentQuery, agentsQuery, versionsQuery } from "@/features/agents/queries";
import { checklistQuery } from "@/features/home/queries";

/** Saves what waits, shows what would change for visitors, and publishes it. */
export function Publish() {
  const { agent, saver, saveState, refused } = useEditor();
  const [open, setOpen] = useState(false);
  const { publishedVersion, hasUnpublishedChanges } = agent;
  const upToDate = publishedVersion && !hasUnpublishedChanges && saveState.kind === "saved";
  const start = async () => {
    await saver.flush();
    if (saver.snapshot().kind === "saved") setOpen(true);
  };
  return (
    <>
      <Button
        variant="primary"
        blocked={refused ?? (Boolean(upToDate) && "Visitors meet this very version.")}
        onClick={start}
      >
        <Rocket aria-hidden />
        Publish
      </Button>
      <Dialog open={open} onOpenChange={setOpen}>
        <DialogContent
          wide
          title={`Publish ${agent.name}`}
          description={
            agent.publishedVersion
              ? `What changes for visitors against version ${agent.publishedVersion.number}:`
              : "Its first version: pages that are allowed to can show it from now on."
          }
        >
          <Suspense fallback={<Skeleton className="m-5 h-32" />}>
            <PublishForm onDone={() => setOpen(false)} />
          </Suspense>
        </DialogContent>
      </Dialog>
    </>
  );
}

function PublishForm({ onDone }: { onDone: () => void }) {
  const { agent } = useEditor();
  const publish = usePublish(onDone);
  return (
    <>
      <DialogBody>
        {publish.isError && <PublishProblem error={publish.error} />}
        {agent.draft.allowedOrigins.length === 0 && (
          <Alert tone="warn" title="No page may show it yet">
            Add your site under “Install” before you publish, or publish again afterwards.
          </Alert>
        )}
        {agent.publishedVersion && <Changes />}
      </DialogBody>
      <DialogFooter>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button variant="primary" busy={publish.isPending} onClick={() => publish.mutate()}>
          Publish version {(agent.publishedVersion?.number ?? 0) + 1}
        </Button>
      </DialogFooter>
    </>
  );
}

function Changes() {
  const { agent } = useEditor();
  const { data } = useSuspenseInfiniteQuery(versionsQuery(useDeps(), agent.id));
  const live = itemsOf(data).find((version) => version.id === agent.publishedVersion?.id);
  const changes = live ? changesBetween(live.config, agent.draft) : [];
  if (changes.length === 0) return <p className="text-muted">The name alone, or nothing at all.</p>;
  return <ChangeList changes={changes} />;
}

function PublishProblem({ error }: { error: unknown }) {
  if (!isStatus(error, 409)) return <ProblemAlert error={error} />;
  return (
    <Alert tone="warn" title="The draft has just changed" live>
      Somebody else saved a change while this was open. Close this, look at the draft again, and
      publish then.
    </Alert>
  );
}

function usePublish(onDone: () => void) {
  const deps = useDeps();
  const { agent, saver } = useEditor();
  return useMutation({
    mutationFn: () =>
      bodyOf(
        deps.api.POST("/v1/agents/{id}/publish", {
          params: { path: { id: agent.id } },
          body: { revision: saver.currentRevision },
        }),
      ),
    onSuccess: async (version) => {
      await deps.queries.invalidateQueries({ queryKey: agentQuery(deps, agent.id).queryKey });
      void deps.queries.invalidateQueries({ queryKey: agentsQuery(deps).queryKey });
      void deps.queries.invalidateQueries({ queryKey: checklistQuery(deps).queryKey });
      toast(`Version ${version.number} is live`);
      onDone();
    },
  });
}
