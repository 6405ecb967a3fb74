import { useQuery } from "@tanstack/react-query";
import { Plus, RefreshCw, Server, Trash2 } from "lucide-react";
import { useState } from "react";
import type { McpServer } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Empty } from "@/components/ui/empty";
import { Loading, Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { PickTools } from "@/features/mcp/pick-tools";
import { mcpServersQuery, useAskServer, useRemoveServer } from "@/features/mcp/queries";
import { ServerDialog } from "@/features/mcp/server-dialog";
import { useRefusal } from "@/features/session/permissions";
import { formatAgo, formatTime } from "@/lib/format";

type Open = { what: "new" } | { what: "edit" | "pick"; server: McpServer };

/** The workspace's MCP servers, from whose tools the agent's are chosen. */
export function McpServers() {
  const { data, error, isPending, refetch } = useQuery(mcpServersQuery(useDeps()));
  const refused = useRefusal("settings:write");
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const saved = (server: McpServer) =>
    setOpen(server.tools.length > 0 && !server.error ? { what: "pick", server } : null);
  return (
    <Card>
      <CardHeader
        title="MCP servers"
        description="Servers whose tools this workspace's agents can use, over the Model Context Protocol."
        action={
          !refused && (
            <Button onClick={() => setOpen({ what: "new" })}>
              <Plus aria-hidden /> Add a server
            </Button>
          )
        }
      />
      {isPending && (
        <CardBody>
          <Loading label="Loading MCP servers">
            <Skeleton className="h-10 w-full" />
          </Loading>
        </CardBody>
      )}
      {error && (
        <CardBody>
          <ProblemAlert error={error} onRetry={() => void refetch()} />
        </CardBody>
      )}
      {data && data.items.length === 0 && (
        <Empty icon={Server} title="No MCP servers yet">
          Many shops, help desks and databases speak MCP. Give the address, and choose from what the
          server offers.
        </Empty>
      )}
      {data && data.items.length > 0 && (
        <ul className="pt-4">
          {data.items.map((server) => (
            <ServerRow key={server.id} server={server} mayChange={!refused} onOpen={setOpen} />
          ))}
        </ul>
      )}
      {open?.what === "pick" && <PickTools server={open.server} onClose={close} />}
      {(open?.what === "new" || open?.what === "edit") && (
        <ServerDialog
          server={open.what === "edit" ? open.server : undefined}
          onSaved={saved}
          onClose={close}
        />
      )}
    </Card>
  );
}

interface ServerRowProps {
  server: McpServer;
  mayChange: boolean;
  onOpen: (open: Open) => void;
}

function ServerRow({ server, mayChange, onOpen }: ServerRowProps) {
  const { refused } = useEditor();
  const ask = useAskServer();
  const remove = useRemoveServer();
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t px-5 py-3.5">
      <div className="flex min-w-0 flex-1 basis-60 items-start gap-3">
        <Server className="mt-0.5 size-4 shrink-0 text-faint" aria-hidden />
        <div className="flex min-w-0 flex-col gap-1">
          <p className="font-medium wrap-anywhere">{server.name}</p>
          <p className="text-[0.8125rem] text-muted wrap-anywhere">
            {server.url} · <Offered server={server} />
          </p>
          {server.error && (
            <p className="text-[0.8125rem] text-danger-text wrap-anywhere">{server.error}</p>
          )}
        </div>
      </div>
      <div className="ms-auto flex items-center gap-1">
        {!refused && server.tools.length > 0 && (
          <Button size="sm" onClick={() => onOpen({ what: "pick", server })}>
            Choose tools
          </Button>
        )}
        {mayChange && (
          <>
            <Button
              size="iconSm"
              variant="ghost"
              aria-label={`Ask ${server.name} again`}
              busy={ask.isPending}
              onClick={() =>
                ask.mutate(server.id, { onError: (error) => toast(error.message, "danger") })
              }
            >
              <RefreshCw aria-hidden />
            </Button>
            <Button
              size="sm"
              variant="ghost"
              aria-label={`Change ${server.name}`}
              onClick={() => onOpen({ what: "edit", server })}
            >
              Change
            </Button>
            <Confirm
              trigger={
                <Button variant="quietDanger" size="iconSm" aria-label={`Remove ${server.name}`}>
                  <Trash2 aria-hidden />
                </Button>
              }
              title={`Remove ${server.name}?`}
              action="Remove"
              danger
              onConfirm={() => remove(server.id)}
            >
              Calls of its tools fail from now on, in every version of every agent.
            </Confirm>
          </>
        )}
      </div>
    </li>
  );
}

function Offered({ server: { tools, listedAt } }: { server: McpServer }) {
  if (!listedAt) return "not asked yet";
  const count = tools.length === 1 ? "1 tool" : `${tools.length} tools`;
  return (
    <>
      {count},{" "}
      <time dateTime={listedAt} title={formatTime(listedAt)}>
        asked {formatAgo(listedAt)}
      </time>
    </>
  );
}
