import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { useDeps } from "@/deps";
import { meQuery } from "@/features/session/queries";

/** Says plainly, wherever one is, that no real model answers yet. */
export function SimulationNotice() {
  const { data: me } = useSuspenseQuery(meQuery(useDeps()));
  if (!me.platform.simulated) return null;
  return (
    <div className="flex flex-col gap-1 rounded-card border border-line bg-warn-soft px-3 py-2.5 text-[0.8125rem]">
      <p className="flex items-center gap-2 font-semibold text-warn-text">
        <FlaskConical className="size-4 shrink-0" aria-hidden />
        Simulated answers
      </p>
      <p className="text-muted">No model is connected: a built-in simulator answers.</p>
      <Link to="/provider" className="font-medium text-warn-text underline underline-offset-4">
        Connect a model
      </Link>
    </div>
  );
}
