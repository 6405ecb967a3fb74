import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { ArrowRight, Check, PartyPopper } from "lucide-react";
import type { LaunchItem } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Meter } from "@/components/ui/meter";
import { useDeps } from "@/deps";
import { nextStep, stepOf } from "@/features/home/launch-steps";
import { checklistQuery } from "@/features/home/queries";
import { cn } from "@/lib/cn";

const watchEvery = 5_000; // ms

/** What is left to do until visitors can chat; it follows what happens elsewhere. */
export function LaunchChecklist() {
  const { data } = useSuspenseQuery({
    ...checklistQuery(useDeps()),
    refetchInterval: (query) => (nextStep(query.state.data?.items ?? []) ? watchEvery : false),
  });
  const done = data.items.filter((item) => item.done).length;
  const next = nextStep(data.items);
  if (!next) return <AllDone />;
  return (
    <Card aria-labelledby="launch">
      <header className="flex flex-col gap-3 p-5">
        <div className="flex items-baseline justify-between gap-4">
          <h2 id="launch" className="text-[0.9375rem] font-semibold tracking-tight">
            Go live
          </h2>
          <p className="text-muted tabular-nums">
            {done} of {data.items.length} done
          </p>
        </div>
        <Meter label="Launch steps done" value={done} max={data.items.length} />
      </header>
      <ol className="border-t">
        {data.items.map((item, index) => (
          <Step key={item.id} item={item} number={index + 1} current={item.id === next.id} />
        ))}
      </ol>
    </Card>
  );
}

interface StepProps {
  item: LaunchItem;
  number: number;
  current: boolean;
}

function Step({ item, number, current }: StepProps) {
  const { title, text, action } = stepOf(item);
  return (
    <li
      className={cn(
        "flex flex-wrap items-center gap-x-4 gap-y-3 border-b px-5 py-4 last:border-b-0",
        current && "bg-accent-soft/50",
      )}
    >
      <div className={cn("flex min-w-0 flex-1 gap-4", item.done ? "items-center" : "basis-72")}>
        <StepMark done={item.done} number={number} current={current} />
        <div className="flex min-w-0 flex-col gap-0.5">
          <h3 className={cn("font-medium", item.done && "text-muted")}>
            {title}
            {item.done && <span className="sr-only"> (done)</span>}
          </h3>
          {!item.done && <p className="text-muted text-pretty">{text}</p>}
        </div>
      </div>
      <Button
        asChild
        size="sm"
        variant={current ? "primary" : item.done ? "ghost" : "secondary"}
        className={cn(!item.done && "ms-11 sm:ms-0")}
      >
        <Link {...placeOf(item)}>
          {item.done ? "Open" : action}
          <span className="sr-only">: {title}</span>
          {current && <ArrowRight aria-hidden />}
        </Link>
      </Button>
    </li>
  );
}

function StepMark({ done, number, current }: { done: boolean; number: number; current: boolean }) {
  return (
    <span
      aria-hidden
      className={cn(
        "grid size-7 shrink-0 place-items-center rounded-full border font-semibold text-xs",
        done && "border-transparent bg-success-soft text-success-text",
        current && "border-transparent bg-accent text-accent-ink",
        !done && !current && "text-muted",
      )}
    >
      {done ? <Check className="size-4" /> : number}
    </span>
  );
}

/** Where in the dashboard a step is done. */
function placeOf(item: LaunchItem): LinkProps {
  if (item.id === "key-created") {
    return item.done ? { to: "/keys" } : { to: "/keys", search: { create: "publishable" } };
  }
  if (item.id === "first-conversation" && item.done) return { to: "/conversations" };
  if (!item.agentId) return { to: "/agents" };
  const params = { agentId: item.agentId };
  return item.id === "agent-published"
    ? { to: "/agents/$agentId", params }
    : { to: "/agents/$agentId/install", params };
}

function AllDone() {
  return (
    <Card className="flex flex-wrap items-center gap-4 p-5">
      <span className="grid size-10 shrink-0 place-items-center rounded-full bg-success-soft text-success-text">
        <PartyPopper className="size-5" aria-hidden />
      </span>
      <div className="min-w-0 flex-1 basis-60">
        <h2 className="font-semibold">You are live</h2>
        <p className="text-muted">Every launch step is done. Visitors are talking to your agent.</p>
      </div>
      <Button asChild size="sm">
        <Link to="/conversations">Read conversations</Link>
      </Button>
    </Card>
  );
}
