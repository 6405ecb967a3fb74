import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, MessagesSquare } from "lucide-react";
import type { ReactNode } from "react";
import type { ApprovalDetail } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { useDeps } from "@/deps";
import { DecisionForm } from "@/features/approvals/decision-form";
import { approvalQuery } from "@/features/approvals/queries";
import { argumentsOf, outcomeOf, printed, stateOf } from "@/features/approvals/words";
import { formatAgo, formatTime } from "@/lib/format";

const watchEvery = 4_000; // ms, while something can still happen

/** One question: what it is about, who has said what, and what came of it. */
export function ApprovalView({ id }: { id: string }) {
  const { data: approval } = useSuspenseQuery({
    ...approvalQuery(useDeps(), id),
    refetchInterval: ({ state }) => (isOver(state.data) ? false : watchEvery),
  });
  return (
    <section aria-labelledby="approval" className="min-h-0 min-w-0 flex-1 overflow-y-auto">
      <Header approval={approval} />
      <div className="mx-auto flex max-w-3xl flex-col gap-6 px-4 py-6 sm:px-6">
        <Arguments approval={approval} />
        {approval.state === "open" ? (
          <DecisionForm approval={approval} />
        ) : (
          <Outcome approval={approval} />
        )}
        {approval.votes.length > 0 && <Votes approval={approval} />}
        <Terms approval={approval} />
      </div>
    </section>
  );
}

function isOver(approval: ApprovalDetail | undefined): boolean {
  if (!approval || approval.state === "open") return false;
  return approval.state !== "approved" || !["approved", "dispatched"].includes(approval.callState);
}

function Header({ approval }: { approval: ApprovalDetail }) {
  const state = stateOf(approval);
  return (
    <header className="flex flex-wrap items-start gap-3 border-b bg-paper px-4 py-3 sm:px-6">
      <Button asChild variant="ghost" size="iconSm" className="-ms-2 lg:hidden">
        <Link to="/approvals" search={(before) => before} aria-label="All approvals">
          <ChevronLeft className="rtl:rotate-180" aria-hidden />
        </Link>
      </Button>
      <div className="flex min-w-0 flex-1 basis-52 flex-col gap-0.5">
        <h1 id="approval" className="font-semibold text-base tracking-tight wrap-anywhere">
          {approval.title}
        </h1>
        <p className="text-[0.8125rem] text-muted wrap-anywhere">
          {approval.agentName} asks for{" "}
          {approval.visitor?.name || approval.visitor?.externalId || "a visitor"},{" "}
          <time dateTime={approval.createdAt} title={formatTime(approval.createdAt)}>
            {formatAgo(approval.createdAt)}
          </time>
        </p>
      </div>
      <div className="flex items-center gap-2">
        <Badge tone={state.tone}>{state.label}</Badge>
        <Button asChild size="sm">
          <Link
            to="/conversations/$conversationId"
            params={{ conversationId: approval.conversationId }}
          >
            <MessagesSquare aria-hidden /> Conversation
          </Link>
        </Button>
      </div>
    </header>
  );
}

function Arguments({ approval }: { approval: ApprovalDetail }) {
  const values = approval.decidedArguments ?? approval.arguments;
  const shown = argumentsOf(values, approval.inputSchema);
  return (
    <Section title={approval.decidedArguments ? "What was approved" : "What it wants to do"}>
      <Card>
        {shown.length === 0 && <p className="px-5 py-4 text-muted">Without any arguments.</p>}
        <dl>
          {shown.map(({ name, label, hint, value }) => (
            <div
              key={name}
              className="grid gap-x-6 gap-y-0.5 border-b px-5 py-3 last:border-b-0 sm:grid-cols-[12rem_1fr]"
            >
              <dt className="text-muted wrap-anywhere" title={hint}>
                {label}
              </dt>
              <dd className="font-medium whitespace-pre-wrap wrap-anywhere">{printed(value)}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <details>
        <summary className="rounded-control py-1 text-[0.8125rem] text-muted hover:text-ink">
          As JSON
        </summary>
        <div className="flex flex-col gap-3 pt-2">
          <CodeBlock label="arguments" code={JSON.stringify(values, null, 2)} />
          {approval.decidedArguments !== undefined && (
            <CodeBlock
              label="what the model had asked for"
              code={JSON.stringify(approval.arguments, null, 2)}
            />
          )}
        </div>
      </details>
    </Section>
  );
}

function Outcome({ approval }: { approval: ApprovalDetail }) {
  const outcome = outcomeOf(approval);
  return (
    <Section title="What came of it">
      <div className="flex flex-col items-start gap-3">
        {outcome ? (
          <Badge tone={outcome.tone}>{outcome.text}</Badge>
        ) : (
          <p className="text-muted">It was not done.</p>
        )}
        {approval.reason && <p className="wrap-anywhere">“{approval.reason}”</p>}
        {approval.error && outcome && (
          <p className="text-danger-text wrap-anywhere">{approval.error}</p>
        )}
      </div>
      {approval.output !== undefined && approval.output !== null && (
        <CodeBlock label="result" code={printed(approval.output)} />
      )}
    </Section>
  );
}

function Votes({ approval }: { approval: ApprovalDetail }) {
  return (
    <Section
      title={`Who has decided (${approval.votes.filter(({ approve }) => approve).length} of ${approval.quorum})`}
    >
      <Card>
        <ul>
          {approval.votes.map((vote) => (
            <li
              key={`${vote.name}-${vote.at}`}
              className="flex flex-wrap items-baseline gap-x-3 gap-y-1 border-b px-5 py-3 last:border-b-0"
            >
              <span className="font-medium wrap-anywhere">{vote.name}</span>
              <Badge tone={vote.approve ? "success" : "danger"}>
                {vote.approve ? "Approved" : "Denied"}
              </Badge>
              <time dateTime={vote.at} className="text-faint text-xs">
                {formatTime(vote.at)}
              </time>
              {vote.reason && (
                <span className="basis-full text-muted wrap-anywhere">“{vote.reason}”</span>
              )}
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  );
}

function Terms({ approval }: { approval: ApprovalDetail }) {
  const silence = approval.onExpiry === "allow" ? "it is done" : "it is not done";
  return (
    <p className="text-[0.8125rem] text-faint">
      {approval.quorum > 1 && `${approval.quorum} different people have to approve. `}
      May decide: {approval.roles.join(", ") || "nobody"}.{" "}
      {approval.state === "open" &&
        `Without a decision until ${formatTime(approval.expiresAt)} ${silence}. `}
      {approval.remindedAt && `Everybody was reminded ${formatAgo(approval.remindedAt)}.`}
    </p>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-3">
      <h2 className="font-medium text-sm">{title}</h2>
      {children}
    </div>
  );
}
