import { createFileRoute } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";

export const Route = createFileRoute("/_app/conversations/")({ component: NothingChosen });

function NothingChosen() {
  return (
    <div className="grid flex-1 place-items-center p-8 text-center text-muted">
      <p className="flex flex-col items-center gap-3">
        <MessagesSquare className="size-8 text-faint" aria-hidden />
        Choose a conversation to read it.
      </p>
    </div>
  );
}
