import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Usage } from "@/api/types";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Meter } from "@/components/ui/meter";
import { useDeps } from "@/deps";
import { usageQuery } from "@/features/home/queries";
import { formatMoney, formatMonth, formatNumber } from "@/lib/format";

/** What this month has cost, and how far that is from the budget. */
export function UsageCard() {
  const { data: usage } = useSuspenseQuery(usageQuery(useDeps()));
  return (
    <Card>
      <CardHeader title="This month" description={formatMonth(usage.month)} />
      <CardBody>
        <dl className="grid grid-cols-2 gap-4">
          <Figure label="Cost" value={formatMoney(usage.costMicros)} />
          <Figure label="Answers" value={formatNumber(usage.turns)} />
        </dl>
        <Budget usage={usage} />
      </CardBody>
    </Card>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="flex flex-col gap-0.5">
      <dt className="text-muted">{label}</dt>
      <dd className="font-semibold text-2xl tracking-tight tabular-nums">{value}</dd>
    </div>
  );
}

function Budget({ usage }: { usage: Usage }) {
  const { budgetMicros, costMicros } = usage;
  if (budgetMicros === undefined) {
    return (
      <p className="text-muted">
        No budget limits this.{" "}
        <Link to="/settings" className="font-medium text-accent-text underline underline-offset-4">
          Set one
        </Link>
      </p>
    );
  }
  const spent = costMicros >= budgetMicros;
  const near = costMicros >= budgetMicros * 0.8;
  return (
    <div className="flex flex-col gap-2">
      <Meter
        label="Budget used"
        value={costMicros}
        max={budgetMicros}
        tone={spent ? "danger" : near ? "warn" : "accent"}
      />
      <p className={spent ? "font-medium text-danger-text" : "text-muted"}>
        {spent
          ? `The budget of ${formatMoney(budgetMicros)} is used up: agents answer again next month, or when it is raised.`
          : `${formatMoney(budgetMicros - costMicros)} of ${formatMoney(budgetMicros)} left.`}
      </p>
    </div>
  );
}
