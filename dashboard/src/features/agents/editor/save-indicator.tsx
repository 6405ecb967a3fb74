import { Check, CircleAlert, LoaderCircle, Lock } from "lucide-react";
import { Button } from "@/components/ui/button";
import { useEditor } from "@/features/agents/editor/use-editor";

/** Says whether the draft is safe. */
export function SaveIndicator() {
  const { saveState, refused, saver } = useEditor();
  if (refused) {
    return (
      <span className="flex items-center gap-1.5 text-muted">
        <Lock className="size-4" aria-hidden /> View only
      </span>
    );
  }
  return (
    <span role="status" className="flex items-center gap-1.5 text-[0.8125rem] text-muted">
      {saveState.kind === "saved" && (
        <>
          <Check className="size-4 text-success-text" aria-hidden /> Draft saved
        </>
      )}
      {(saveState.kind === "waiting" || saveState.kind === "saving") && (
        <>
          <LoaderCircle className="size-4 animate-spin" aria-hidden /> Saving…
        </>
      )}
      {saveState.kind === "invalid" && <Trouble>Not saved: a field needs fixing</Trouble>}
      {saveState.kind === "conflict" && <Trouble>Not saved: the draft has changed</Trouble>}
      {saveState.kind === "failed" && (
        <>
          <Trouble>Not saved</Trouble>
          <Button variant="link" size="inline" onClick={() => void saver.flush()}>
            Try again
          </Button>
        </>
      )}
    </span>
  );
}

function Trouble({ children }: { children: string }) {
  return (
    <span className="flex items-center gap-1.5 font-medium text-danger-text">
      <CircleAlert className="size-4" aria-hidden /> {children}
    </span>
  );
}
