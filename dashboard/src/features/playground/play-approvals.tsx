import { useQuery } from "@tanstack/react-query";
import { Check, ShieldQuestion, X } from "lucide-react";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { useDeps } from "@/deps";
import { argumentsOf, printed } from "@/features/approvals/words";
import { playApprovalsQuery } from "@/features/playground/queries";
import { useDecide } from "@/features/playground/use-play";

interface PlayApprovalsProps {
  id: string;
  /** Something can still be asked. */
  busy: boolean;
}

/** What waits for whoever plays: their own wish to be asked, or the visitor's part. */
export function PlayApprovals({ id, busy }: PlayApprovalsProps) {
  const { data } = useQuery(playApprovalsQuery(useDeps(), id, busy));
  const decide = useDecide(id);
  const open = data?.items ?? [];
  return (
    <div aria-live="polite" className="flex flex-col gap-3">
      {open.map((approval) => (
        <section
          key={approval.id}
          aria-label={`May this be done: ${approval.title}`}
          className="flex flex-col gap-3 rounded-card border border-transparent bg-warn-soft p-4"
        >
          <p className="flex items-center gap-2 font-medium text-warn-text">
            <ShieldQuestion className="size-4 shrink-0" aria-hidden />
            <span className="wrap-anywhere">{approval.title}?</span>
          </p>
          <dl className="flex flex-col gap-1 text-[0.8125rem]">
            {argumentsOf(approval.arguments, undefined).map(({ name, label, value }) => (
              <div key={name} className="flex gap-3">
                <dt className="shrink-0 text-muted">{label}</dt>
                <dd className="min-w-0 whitespace-pre-wrap wrap-anywhere">{printed(value)}</dd>
              </div>
            ))}
          </dl>
          <div className="flex gap-2">
            {[true, false].map((approve) => (
              <Button
                key={String(approve)}
                size="sm"
                variant={approve ? "primary" : "secondary"}
                busy={decide.isPending && decide.variables.approval === approval.id}
                onClick={() =>
                  decide.mutate({
                    approval: approval.id,
                    argumentsHash: approval.argumentsHash,
                    approve,
                  })
                }
              >
                {approve ? <Check aria-hidden /> : <X aria-hidden />}
                {approve ? "Do it" : "Do not"}
              </Button>
            ))}
          </div>
        </section>
      ))}
      {decide.isError && <ProblemAlert error={decide.error} />}
    </div>
  );
}
