import { ListTree } from "lucide-react";
import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";
import { useEditor } from "@/features/agents/editor/use-editor";
import { AsksSelect } from "@/features/playground/asks-select";
import type { Asks } from "@/features/playground/queries";

interface PlayFrameProps {
  menu: ReactNode;
  /** Between the heading and the conversation. */
  settings?: ReactNode;
  chat: ReactNode;
  trace: ReactNode;
}

/** The conversation beside the trace, or above it where there is no room. */
export function PlayFrame({ menu, settings, chat, trace }: PlayFrameProps) {
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(20rem,26rem)_minmax(0,1fr)]">
      <Card
        aria-labelledby="play-chat"
        className="flex h-[75dvh] min-h-96 flex-col overflow-hidden lg:sticky lg:top-8 lg:h-[calc(100dvh-4rem)]"
      >
        <header className="flex items-center justify-between gap-3 border-b px-4 py-2.5">
          <h2 id="play-chat" className="font-semibold text-[0.9375rem] tracking-tight">
            Draft
          </h2>
          {menu}
        </header>
        {settings}
        {chat}
      </Card>
      <section aria-label="Trace" className="min-w-0">
        {trace}
      </section>
    </div>
  );
}

export function NoTrace() {
  return (
    <Card>
      <Empty icon={ListTree} title="Every step of the answer shows here">
        What the model was sent and what came back, the calls of tools and why they were allowed,
        tokens, cost, and where the time went.
      </Empty>
    </Card>
  );
}

interface SettingsProps {
  asks: Asks;
  onChange: (asks: Asks) => void;
}

/** Only where the draft has tools there is anything to be asked about. */
export function Settings({ asks, onChange }: SettingsProps) {
  const { agent } = useEditor();
  if (agent.draft.tools.length === 0) return null;
  return (
    <div className="border-b bg-sunken/60 px-4 py-3">
      <AsksSelect value={asks} onChange={onChange} />
    </div>
  );
}

/** What keeps the draft that the person sees from being the one that would answer. */
export function useDraftTrouble(): string | undefined {
  const { saveState } = useEditor();
  switch (saveState.kind) {
    case "invalid":
      return "A field of the draft needs fixing first: it is not saved.";
    case "conflict":
      return "Somebody else has changed the draft: load it again first.";
    default:
      return undefined;
  }
}
