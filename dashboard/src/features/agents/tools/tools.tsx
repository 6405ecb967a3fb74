import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { AppWindow, Calculator, Globe, Plus, Server, Trash2, Wrench } from "lucide-react";
import { useState } from "react";
import type { Tool } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { Empty } from "@/components/ui/empty";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { newClientTool, newTool } from "@/features/agents/tools/form";
import { builtInToolsQuery, useSaveTools } from "@/features/agents/tools/queries";
import { ToolDialog } from "@/features/agents/tools/tool-dialog";
import { classLabel, policyInWords } from "@/features/agents/tools/words";
import { type Origin, originOf } from "@/features/mcp/offers";
import { mcpServersQuery } from "@/features/mcp/queries";

/** Which tool the dialog is open for: one of the list, or another one. */
interface Editing {
  tool: Tool;
  index: number;
}

/** What the agent can look up and have done. */
export function Tools() {
  const { agent, refused } = useEditor();
  const { tools } = agent.draft;
  const save = useSaveTools();
  const [editing, setEditing] = useState<Editing | null>(null);
  const add = (tool: Tool) => setEditing({ tool, index: tools.length });
  return (
    <Card>
      <CardHeader
        title="Tools"
        description="What the agent can look up, and have done, in your systems and here. The model decides when; your policies decide whether."
        action={!refused && <AddTool tools={tools} onAdd={add} />}
      />
      {save.isError && (
        <CardBody>
          <ProblemAlert error={save.error} />
        </CardBody>
      )}
      {tools.length === 0 ? (
        <Empty icon={Wrench} title="No tools yet">
          Begin with one that is built in, such as the calculator, or let the agent ask your own
          server.
        </Empty>
      ) : (
        <ul className="pt-4">
          {tools.map((tool, index) => (
            <li
              key={tool.name}
              className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t px-5 py-3.5"
            >
              <ToolFacts tool={tool} />
              <div className="ms-auto flex items-center gap-2">
                <Button size="sm" onClick={() => setEditing({ tool, index })}>
                  {refused ? "Look" : "Edit"}
                </Button>
                {!refused && (
                  <Remove
                    tool={tool}
                    onRemove={() => save.mutateAsync(tools.filter((other) => other !== tool))}
                  />
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {editing && (
        <ToolDialog
          key={`${editing.index}-${editing.tool.name}`}
          tool={editing.tool}
          index={editing.index}
          onClose={() => setEditing(null)}
        />
      )}
    </Card>
  );
}

const icons = { builtin: Calculator, http: Globe, mcp: Server, client: AppWindow };

function placeOf({ kind, http, mcp }: Tool, origin?: Origin): string {
  if (kind === "mcp") return `${origin?.server?.name ?? "MCP server"}: ${mcp?.name}`;
  if (kind === "client") return "In the visitor's page";
  return kind === "builtin" ? "Built in" : `${http?.method} ${http?.url}`;
}

function ToolFacts({ tool }: { tool: Tool }) {
  const { data } = useQuery({ ...mcpServersQuery(useDeps()), enabled: Boolean(tool.mcp) });
  const Icon = icons[tool.kind];
  const origin = tool.mcp && data ? originOf(tool, data.items) : undefined;
  return (
    <div className="flex min-w-0 flex-1 basis-48 items-start gap-3">
      <Icon className="mt-0.5 size-4 shrink-0 text-faint" aria-hidden />
      <div className="flex min-w-0 flex-col gap-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium wrap-anywhere">{tool.title || tool.name}</span>
          <Badge tone={tool.class === "read" ? "neutral" : "warn"}>{classLabel(tool.class)}</Badge>
          {origin?.changed && <Badge tone="warn">Changed on the server</Badge>}
          {origin && !origin.server && <Badge tone="danger">Server removed</Badge>}
        </p>
        <p className="text-[0.8125rem] text-muted wrap-anywhere">
          {placeOf(tool, origin)} · {policyInWords(tool)}
        </p>
      </div>
    </div>
  );
}

function Remove({ tool, onRemove }: { tool: Tool; onRemove: () => Promise<unknown> }) {
  const trigger = (
    <Button variant="quietDanger" size="iconSm" aria-label={`Remove ${tool.title || tool.name}`}>
      <Trash2 aria-hidden />
    </Button>
  );
  return (
    <Confirm
      trigger={trigger}
      title={`Remove ${tool.title || tool.name}?`}
      action="Remove"
      danger
      onConfirm={onRemove}
    >
      The published version keeps it until you publish again.
    </Confirm>
  );
}

function AddTool({ tools, onAdd }: { tools: Tool[]; onAdd: (tool: Tool) => void }) {
  const { data } = useSuspenseQuery(builtInToolsQuery(useDeps()));
  const left = data.items.filter(({ name }) => !tools.some((tool) => tool.name === name));
  const trigger = (
    <Button variant="primary">
      <Plus aria-hidden /> Add a tool
    </Button>
  );
  return (
    <Menu trigger={trigger}>
      <MenuItem onSelect={() => onAdd(newTool)}>
        <Globe aria-hidden /> HTTP request
      </MenuItem>
      <MenuItem onSelect={() => onAdd(newClientTool)}>
        <AppWindow aria-hidden /> In the visitor's page
      </MenuItem>
      {left.length > 0 && (
        <>
          <MenuSeparator />
          <MenuLabel>Built in</MenuLabel>
          {left.map((tool) => (
            <MenuItem key={tool.name} onSelect={() => onAdd(tool)}>
              <Calculator aria-hidden /> {tool.title || tool.name}
            </MenuItem>
          ))}
        </>
      )}
    </Menu>
  );
}
