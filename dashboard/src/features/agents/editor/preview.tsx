import { useSuspenseQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { components } from "@/api/schema.gen";
import type { AgentConfig } from "@/api/types";
import { Skeleton } from "@/components/ui/skeleton";
import { useDeps } from "@/deps";
import { contentOf } from "@/features/agents/editor/form";
import { useEditor } from "@/features/agents/editor/use-editor";
import { meQuery } from "@/features/session/queries";
import { cn } from "@/lib/cn";

/** What the widget is told, and what the preview needs to make up an answer. */
type PreviewConfig = components["schemas"]["WidgetConfig"] & Pick<AgentConfig, "output">;

const page = "/widget/preview.html";

interface PreviewProps {
  /** Shows a desktop's page, made smaller; otherwise the box is the screen. */
  desktop?: boolean;
}

/** The real widget with the draft's configuration, following every keystroke. */
export function Preview({ desktop }: PreviewProps) {
  const config = usePreviewConfig();
  const frame = useRef<HTMLIFrameElement>(null);
  const ready = usePreviewReady(frame);
  useEffect(() => {
    if (!ready) return;
    const message = { type: "parley:preview", config };
    frame.current?.contentWindow?.postMessage(message, window.location.origin);
  }, [ready, config]);
  return (
    <div className="relative size-full overflow-hidden rounded-card border bg-sunken">
      {!ready && <Skeleton className="absolute inset-4 rounded-card" />}
      <iframe
        ref={frame}
        src={page}
        title="Preview of the widget"
        className={cn(
          "absolute top-0 left-0",
          // Below 480 px the widget takes the whole screen, so a desktop is drawn wider and shrunk.
          desktop ? "h-[125%] w-[125%] origin-top-left scale-80" : "size-full",
        )}
      />
    </div>
  );
}

function usePreviewReady(frame: React.RefObject<HTMLIFrameElement | null>): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    const listen = (event: MessageEvent<unknown>) => {
      if (event.source !== frame.current?.contentWindow) return;
      if (event.origin === window.location.origin && isReady(event.data)) setReady(true);
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, [frame]);
  return ready;
}

function isReady(data: unknown): boolean {
  return (
    typeof data === "object" &&
    data !== null &&
    "type" in data &&
    data.type === "parley:preview-ready"
  );
}

function usePreviewConfig(): PreviewConfig {
  const { agent, form } = useEditor();
  const { data: me } = useSuspenseQuery(meQuery(useDeps()));
  const { name, draft } = contentOf(form.watch());
  const { greeting, starterPrompts, suggestions, appearance, human, output } = draft;
  const { simulated } = me.platform;
  const look = { name, greeting, starterPrompts, suggestions, appearance, simulated };
  return { agentId: agent.id, ...look, person: human.enabled, output };
}
