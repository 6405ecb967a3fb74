import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { History, Plus, Trash2 } from "lucide-react";
import { itemsOf } from "@/api/pages";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Menu, MenuLabel, MenuRadioGroup, MenuRadioItem } from "@/components/ui/menu";
import { useDeps } from "@/deps";
import { titleOf } from "@/features/conversations/names";
import { playgroundsQuery } from "@/features/playground/queries";
import { useDelete } from "@/features/playground/use-play";
import { formatAgo } from "@/lib/format";

interface RunMenuProps {
  agentId: string;
  id: string | undefined;
  onSelect: (id: string | undefined) => void;
}

/** Leads to what the person has tried before, and to a new beginning. */
export function RunMenu({ agentId, id, onSelect }: RunMenuProps) {
  const { data } = useSuspenseInfiniteQuery(playgroundsQuery(useDeps(), agentId));
  const runs = itemsOf(data);
  return (
    <div className="flex items-center gap-1">
      {runs.length > 0 && (
        <Menu
          trigger={
            <Button variant="ghost" size="iconSm" aria-label="Earlier runs">
              <History aria-hidden />
            </Button>
          }
        >
          <MenuLabel>Your earlier runs</MenuLabel>
          <MenuRadioGroup value={id ?? ""} onValueChange={onSelect}>
            {runs.map((run) => (
              <MenuRadioItem key={run.id} value={run.id}>
                <span className="flex min-w-0 max-w-64 flex-col">
                  <span className="truncate">{titleOf(run)}</span>
                  <span className="text-faint text-xs">{formatAgo(run.updatedAt)}</span>
                </span>
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
        </Menu>
      )}
      {id && <DeleteRun id={id} onDeleted={() => onSelect(undefined)} />}
      {id && (
        <Button size="sm" onClick={() => onSelect(undefined)}>
          <Plus aria-hidden /> New run
        </Button>
      )}
    </div>
  );
}

function DeleteRun({ id, onDeleted }: { id: string; onDeleted: () => void }) {
  const remove = useDelete(id);
  const trigger = (
    <Button variant="ghost" size="iconSm" aria-label="Delete this run">
      <Trash2 aria-hidden />
    </Button>
  );
  return (
    <Confirm
      trigger={trigger}
      title="Delete this run?"
      action="Delete"
      danger
      onConfirm={async () => {
        await remove.mutateAsync();
        onDeleted();
      }}
    >
      The conversation and its traces are gone then. What tools have done stays done.
    </Confirm>
  );
}
