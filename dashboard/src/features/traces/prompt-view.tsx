import { useQuery } from "@tanstack/react-query";
import type { TracePrompt } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Badge } from "@/components/ui/badge";
import { CodeBlock } from "@/components/ui/code-block";
import { CopyButton } from "@/components/ui/copy-button";
import { Loading, Skeleton } from "@/components/ui/skeleton";
import { useDeps } from "@/deps";
import { printed } from "@/features/approvals/words";
import { LongText } from "@/features/traces/long-text";
import { promptQuery } from "@/features/traces/queries";
import { promptStateOf } from "@/features/traces/words";
import { estimateTokens, formatCount, formatNumber } from "@/lib/format";

interface PromptViewProps {
  turnId: string;
  step: number;
  ended: boolean;
}

/** What the model was asked in a step: instructions, messages and tools. */
export function PromptView({ turnId, step, ended }: PromptViewProps) {
  const query = useQuery(promptQuery(useDeps(), turnId, step, ended));
  if (query.isError) {
    return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (!query.data) {
    return (
      <Loading label="Loading the prompt">
        <Skeleton className="h-24" />
      </Loading>
    );
  }
  return <Prompt prompt={query.data} />;
}

function Prompt({ prompt }: { prompt: TracePrompt }) {
  const { label, tone, text } = promptStateOf(prompt);
  const messages = keyed(prompt.messages);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={tone}>{label}</Badge>
        <CopyButton
          text={JSON.stringify(prompt, null, 2)}
          label="Copy prompt"
          variant="ghost"
          className="ms-auto"
        />
        <p className="basis-full text-[0.8125rem] text-muted">{text}</p>
      </div>
      <Said who="Instructions" text={prompt.instructions || "None"} />
      {prompt.leftOut > 0 && (
        <p className="text-[0.8125rem] text-warn-text">
          {formatCount(prompt.leftOut, "older message")} did not fit into the model’s window.
        </p>
      )}
      <ol aria-label="Messages" className="flex flex-col gap-3">
        {messages.map(([key, message]) => (
          <li key={key}>
            <Message message={message} />
          </li>
        ))}
      </ol>
      <Tools tools={prompt.tools} />
      {prompt.maxOutputTokens !== undefined && (
        <p className="text-[0.8125rem] text-muted">
          At most {formatNumber(prompt.maxOutputTokens)} tokens of answer.
        </p>
      )}
    </div>
  );
}

/** Messages stay where they are: their place is their key. */
function keyed<Item>(items: readonly Item[]): [string, Item][] {
  return items.map((item, index) => [String(index), item]);
}

const roles = { user: "Visitor", assistant: "Agent", tool: "Tool’s result" };

function Message({ message }: { message: TracePrompt["messages"][number] }) {
  return (
    <>
      {(message.text !== "" || !message.calls) && (
        <Said who={roles[message.role]} text={message.text} mono={message.role === "tool"} />
      )}
      {message.calls?.map((call) => (
        <div key={call.id} className="pt-2">
          <CodeBlock label={`called ${call.name}`} code={call.arguments} copyable={false} />
        </div>
      ))}
    </>
  );
}

interface SaidProps {
  who: string;
  text: string;
  mono?: boolean;
}

function Said({ who, text, mono }: SaidProps) {
  return (
    <div className="flex flex-col gap-1 rounded-control border bg-surface px-3 py-2">
      <span className="flex justify-between gap-3 text-faint text-xs">
        {who}
        <span className="tabular-nums">≈ {formatNumber(estimateTokens(text))} tokens</span>
      </span>
      <LongText text={text} className={mono ? "font-mono text-[0.8125rem]" : undefined} />
    </div>
  );
}

function Tools({ tools }: Pick<TracePrompt, "tools">) {
  if (tools.length === 0) {
    return <p className="text-[0.8125rem] text-muted">No tools were offered.</p>;
  }
  return (
    <details className="rounded-control border bg-surface">
      <summary className="rounded-control px-3 py-2">
        {formatCount(tools.length, "tool")} offered:{" "}
        <span className="text-muted wrap-anywhere">{tools.map(({ name }) => name).join(", ")}</span>
      </summary>
      <ul className="flex flex-col gap-4 border-t p-3">
        {tools.map((tool) => (
          <li key={tool.name} className="flex flex-col gap-2">
            <p className="font-medium font-mono text-[0.8125rem] wrap-anywhere">{tool.name}</p>
            <LongText text={tool.description} className="text-muted" />
            {tool.parameters !== undefined && (
              <CodeBlock label="parameters" code={printed(tool.parameters)} copyable={false} />
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
