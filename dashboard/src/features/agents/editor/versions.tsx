import { useMutation, useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { bodyOf } from "@/api/client";
import { itemsOf } from "@/api/pages";
import type { AgentVersion } from "@/api/types";
import { MoreButton } from "@/components/more-button";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Empty } from "@/components/ui/empty";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { VersionDialog } from "@/features/agents/editor/version-dialog";
import { versionsQuery } from "@/features/agents/queries";
import { formatAgo, formatTime } from "@/lib/format";

/** Everything that was ever published, to look at and to go back to. */
export function Versions() {
  const { agent } = useEditor();
  const query = useSuspenseInfiniteQuery(versionsQuery(useDeps(), agent.id));
  const versions = itemsOf(query.data);
  if (versions.length === 0) {
    return (
      <Card>
        <Empty icon={History} title="Nothing published yet">
          Each time you publish, a copy of the agent as it is then is kept here for good.
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <Card>
        <CardHeader
          title="Versions"
          description="A conversation's answer keeps to the version it began with. Restoring copies a version into the draft; visitors see it when you publish."
        />
        <ul className="mt-4 border-t">
          {versions.map((version) => (
            <Version
              key={version.id}
              version={version}
              live={version.id === agent.publishedVersion?.id}
            />
          ))}
        </ul>
      </Card>
      <MoreButton query={query} label="Show older versions" />
    </>
  );
}

function Version({ version, live }: { version: AgentVersion; live: boolean }) {
  const by = version.publishedBy?.name ?? "a secret key";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-5 py-3.5 last:border-b-0">
      <div className="flex min-w-0 flex-1 basis-48 flex-col">
        <p className="flex items-center gap-2 font-medium">
          Version {version.number}
          {live && <Badge tone="success">Live</Badge>}
        </p>
        <p className="text-[0.8125rem] text-muted">
          <time dateTime={version.createdAt} title={formatTime(version.createdAt)}>
            {formatAgo(version.createdAt)}
          </time>{" "}
          by {by}
        </p>
      </div>
      <div className="flex gap-2">
        <VersionDialog version={version} live={live} />
        <Restore version={version} />
      </div>
    </li>
  );
}

function Restore({ version }: { version: AgentVersion }) {
  const { refused } = useEditor();
  const restore = useRestore(version);
  const trigger = (
    <Button size="sm" blocked={refused} aria-label={`Restore version ${version.number}`}>
      Restore
    </Button>
  );
  if (refused) return trigger;
  return (
    <Confirm
      trigger={trigger}
      title={`Restore version ${version.number}?`}
      action="Restore into the draft"
      onConfirm={() => restore.mutateAsync()}
    >
      The draft becomes a copy of this version; what the draft holds now is replaced. Visitors
      notice nothing until you publish.
    </Confirm>
  );
}

function useRestore(version: AgentVersion) {
  const { api } = useDeps();
  const { agent, saver, load } = useEditor();
  return useMutation({
    mutationFn: async () => {
      await saver.flush();
      const path = { id: agent.id, number: version.number };
      return bodyOf(api.POST("/v1/agents/{id}/versions/{number}/restore", { params: { path } }));
    },
    onSuccess: (restored) => {
      load(restored);
      toast(`The draft is a copy of version ${version.number} now`);
    },
  });
}
