import { useState } from "react";
import type { McpOffer, McpServer } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogBody,
  DialogClose,
  DialogContent,
  DialogFooter,
} from "@/components/ui/dialog";
import { useEditor } from "@/features/agents/editor/use-editor";
import { useSaveTools } from "@/features/agents/tools/queries";
import { classLabel } from "@/features/agents/tools/words";
import { isUsed, toolOfOffer } from "@/features/mcp/offers";

interface PickToolsProps {
  server: McpServer;
  onClose: () => void;
}

/** Which of a server's tools the agent is to have. */
export function PickTools({ server, onClose }: PickToolsProps) {
  const { agent } = useEditor();
  const { tools } = agent.draft;
  const save = useSaveTools();
  const [picked, setPicked] = useState<string[]>([]);
  const toggle = (name: string) =>
    setPicked((before) =>
      before.includes(name) ? before.filter((other) => other !== name) : [...before, name],
    );
  const add = () => {
    const all = [...tools];
    for (const offer of server.tools) {
      if (picked.includes(offer.name)) all.push(toolOfOffer(server, offer, all));
    }
    save.mutate(all, { onSuccess: onClose });
  };
  const count = picked.length;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        wide
        title={`Tools of ${server.name}`}
        description="The agent gets a copy of what you add: the server cannot change it later. What may change something asks your team first, until you decide otherwise."
      >
        <DialogBody className="gap-0 px-0!">
          {save.isError && (
            <div className="px-5 pb-4">
              <ProblemAlert error={save.error} />
            </div>
          )}
          <ul>
            {server.tools.map((offer) => (
              <Offer
                key={offer.name}
                offer={offer}
                used={isUsed(server, offer, tools)}
                picked={picked.includes(offer.name)}
                onToggle={() => toggle(offer.name)}
              />
            ))}
          </ul>
        </DialogBody>
        <DialogFooter>
          <DialogClose asChild>
            <Button>Cancel</Button>
          </DialogClose>
          <Button
            variant="primary"
            busy={save.isPending}
            blocked={count === 0 ? "Choose a tool first." : undefined}
            onClick={add}
          >
            {count < 2 ? "Add the tool" : `Add ${count} tools`}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}

interface OfferProps {
  offer: McpOffer;
  used: boolean;
  picked: boolean;
  onToggle: () => void;
}

function Offer({ offer, used, picked, onToggle }: OfferProps) {
  return (
    <li className="border-t first:border-t-0">
      <label className="flex items-start gap-3 px-5 py-3 has-enabled:hover:bg-sunken">
        <input
          type="checkbox"
          className="mt-1 size-4 shrink-0 accent-accent"
          checked={used || picked}
          disabled={used}
          onChange={onToggle}
        />
        <span className="flex min-w-0 flex-1 flex-col gap-1">
          <span className="flex flex-wrap items-center gap-2">
            <span className="font-medium wrap-anywhere">{offer.title || offer.name}</span>
            <Badge tone={offer.class === "read" ? "neutral" : "warn"}>
              {classLabel(offer.class)}
            </Badge>
            {used && <span className="text-faint text-xs">The agent has it</span>}
          </span>
          {offer.description && (
            <span className="line-clamp-2 text-[0.8125rem] text-muted wrap-anywhere">
              {offer.description}
            </span>
          )}
        </span>
      </label>
    </li>
  );
}
