import { ListTree } from "lucide-react";
import { createContext, useContext, useState } from "react";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { useRefusal } from "@/features/session/permissions";
import { TraceView } from "@/features/traces/trace-view";
import { cn } from "@/lib/cn";

interface TracePlace {
  /** The turn whose trace stands beside the conversation. */
  shown: string | undefined;
  show: (turnId: string) => void;
}

/** Where a page has a place for traces. Elsewhere they open in a dialog. */
export const TracePlaceContext = createContext<TracePlace | null>(null);

interface OpenTraceProps {
  turn: { id: string; conversationId: string };
}

/** Leads from an answer to how it came about. */
export function OpenTrace({ turn }: OpenTraceProps) {
  const place = useContext(TracePlaceContext);
  const refused = useRefusal("turns:trace");
  const [open, setOpen] = useState(false);
  if (refused) return null;
  const shown = place?.shown === turn.id;
  return (
    <>
      <button
        type="button"
        aria-pressed={place ? shown : undefined}
        onClick={() => (place ? place.show(turn.id) : setOpen(true))}
        className={cn(
          "inline-flex items-center gap-1 rounded font-medium text-accent-text text-xs underline-offset-4 hover:underline",
          shown && "bg-accent-soft px-1.5 py-0.5",
        )}
      >
        Trace <span className="sr-only">of this answer</span>
        <ListTree className="size-3" aria-hidden />
      </button>
      {!place && (
        <Dialog open={open} onOpenChange={setOpen}>
          <DialogContent title="How this answer came about" wide className="sm:max-w-3xl">
            <div className="min-h-0 flex-1 overflow-y-auto p-5">
              <TraceView conversationId={turn.conversationId} turnId={turn.id} />
            </div>
          </DialogContent>
        </Dialog>
      )}
    </>
  );
}
