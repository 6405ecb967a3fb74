import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { FlaskConical, Lock } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { itemsOf } from "@/api/pages";
import { ProblemAlert } from "@/components/problem";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { Loading, Skeleton } from "@/components/ui/skeleton";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { Composer } from "@/features/playground/composer";
import { NoTrace, PlayFrame, Settings, useDraftTrouble } from "@/features/playground/play-frame";
import { type Asks, playgroundsQuery } from "@/features/playground/queries";
import { RunMenu } from "@/features/playground/run-menu";
import { RunView } from "@/features/playground/run-view";
import { useAsk } from "@/features/playground/use-play";
import { useRefusal } from "@/features/session/permissions";

/** Where the draft is tried out, with all that can be known of its answers beside them. */
export function PlaygroundTab() {
  const refused = useRefusal("agents:write");
  if (refused) {
    return (
      <Card>
        <Empty icon={Lock} title="You may not try drafts out">
          {refused}
        </Empty>
      </Card>
    );
  }
  return <Playground />;
}

function Playground() {
  const { agent } = useEditor();
  const { data } = useSuspenseInfiniteQuery(playgroundsQuery(useDeps(), agent.id));
  const [id, select] = useState(itemsOf(data)[0]?.id);
  const menu = <RunMenu agentId={agent.id} id={id} onSelect={select} />;
  if (!id) return <FirstQuestion menu={menu} onBegun={select} />;
  return (
    <Suspense key={id} fallback={<Pending menu={menu} />}>
      <RunView id={id} menu={menu} />
    </Suspense>
  );
}

function Pending({ menu }: { menu: ReactNode }) {
  const waits = (
    <Loading label="Loading the run">
      <div className="flex flex-col gap-3 p-4">
        <Skeleton className="h-10" />
        <Skeleton className="h-20" />
      </div>
    </Loading>
  );
  return <PlayFrame menu={menu} chat={waits} trace={null} />;
}

interface FirstQuestionProps {
  menu: ReactNode;
  onBegun: (id: string) => void;
}

function FirstQuestion({ menu, onBegun }: FirstQuestionProps) {
  const [asks, setAsks] = useState<Asks>("changes");
  const ask = useAsk(undefined, asks);
  const blocked = useDraftTrouble();
  const chat = (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <Empty icon={FlaskConical} title="Try the draft out">
          Ask what your visitors would. The draft answers as it is saved now; visitors notice
          nothing.
        </Empty>
        {ask.isError && (
          <div className="px-4">
            <ProblemAlert error={ask.error} />
          </div>
        )}
      </div>
      <Composer
        busy={ask.isPending}
        blocked={blocked}
        onSend={async (text) => onBegun(await ask.mutateAsync({ text }))}
      />
    </>
  );
  return (
    <PlayFrame
      menu={menu}
      settings={<Settings asks={asks} onChange={setAsks} />}
      chat={chat}
      trace={<NoTrace />}
    />
  );
}
