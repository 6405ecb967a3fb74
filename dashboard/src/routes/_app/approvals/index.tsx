import { createFileRoute } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";

export const Route = createFileRoute("/_app/approvals/")({ component: NothingChosen });

function NothingChosen() {
  return (
    <div className="grid flex-1 place-items-center p-8 text-center text-muted">
      <p className="flex flex-col items-center gap-3">
        <ShieldCheck className="size-8 text-faint" aria-hidden />
        Choose a question to decide about it.
      </p>
    </div>
  );
}
