import { useBlocker } from "@tanstack/react-router";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { useEditor } from "@/features/agents/editor/use-editor";

/** Saves when the agent is left, and asks first when that is not possible. */
export function LeaveGuard() {
  const { agent, saver } = useEditor();
  const blocker = useBlocker({
    withResolver: true,
    enableBeforeUnload: () => saver.snapshot().kind !== "saved",
    shouldBlockFn: async ({ next }) => {
      if (next.pathname.includes(agent.id)) return false; // another tab of the same editor
      await saver.flush();
      return saver.snapshot().kind !== "saved";
    },
  });
  return (
    <Dialog open={blocker.status === "blocked"} onOpenChange={(open) => !open && blocker.reset?.()}>
      <DialogContent title="Leave without saving?">
        <DialogBody>
          <p className="text-muted">
            Your last changes to {agent.name} could not be saved. If you leave now, they are lost.
          </p>
        </DialogBody>
        <DialogFooter>
          <Button onClick={() => blocker.reset?.()}>Stay</Button>
          <Button variant="danger" onClick={() => blocker.proceed?.()}>
            Leave
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
