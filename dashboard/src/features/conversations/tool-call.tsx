import { Link } from "@tanstack/react-router";
import {
  Ban,
  Check,
  ChevronRight,
  CircleHelp,
  Clock,
  LoaderCircle,
  TriangleAlert,
} from "lucide-react";
import { createContext, type ReactNode, useContext } from "react";
import type { Part } from "@/api/types";
import { CodeBlock } from "@/components/ui/code-block";
import { printed, readable } from "@/features/approvals/words";

interface Standing {
  icon: ReactNode;
  words: string;
}

const done: Standing = { icon: <Check className="text-success-text" aria-hidden />, words: "done" };
const running: Standing = {
  icon: <LoaderCircle className="animate-spin text-faint" aria-hidden />,
  words: "under way",
};
const asked: Standing = {
  icon: <Clock className="text-warn-text" aria-hidden />,
  words: "waits for a decision",
};

/** How the server says that an answer was lost. A tool may say of its own that something is not known. */
const unknownOutcome = /\bit is not known (whether|yet)\b/i;

/** What there is to say of a call's state. */
function standingOf({ state, errorText }: Part): Standing {
  switch (state) {
    case "output-available":
      return done;
    case "output-denied":
      return { icon: <Ban className="text-danger-text" aria-hidden />, words: "not allowed" };
    case "approval-requested":
      return asked;
    case "output-error":
      return unknownOutcome.test(errorText ?? "")
        ? { icon: <CircleHelp className="text-warn-text" aria-hidden />, words: "outcome unknown" }
        : {
            icon: <TriangleAlert className="text-danger-text" aria-hidden />,
            words: "did not work",
          };
    default:
      return running;
  }
}

/** Whether calls lead to the team's approvals. In the playground others may be asked. */
export const ToolLinksContext = createContext(true);

/** A tool's call as staff see it: what was asked for and what came back, when they look. */
export function ToolCall({ part }: { part: Part & { percent?: number } }) {
  const { icon, words } = standingOf(part);
  const title = part.title || readable(part.toolName ?? "tool");
  const links = useContext(ToolLinksContext);
  return (
    <details className="group/call min-w-0 rounded-control border bg-sunken/60 text-[0.8125rem]">
      <summary className="flex min-h-9 items-center gap-2 rounded-control px-3 py-1.5 [&_svg]:size-4 [&_svg]:shrink-0">
        {icon}
        <span className="min-w-0 flex-1">
          <span className="font-medium wrap-anywhere">{title}</span>{" "}
          <span className="text-muted">{words}</span>
          {part.percent && <span className="text-muted tabular-nums">, {part.percent} %</span>}
        </span>
        <ChevronRight
          className="text-faint transition-transform group-open/call:rotate-90 rtl:rotate-180"
          aria-hidden
        />
      </summary>
      <div className="flex flex-col gap-3 border-t p-3">
        {part.input !== undefined && (
          <CodeBlock label="asked for" code={printed(part.input)} copyable={false} />
        )}
        {part.output !== undefined && part.output !== null && (
          <CodeBlock label="came back" code={printed(part.output)} copyable={false} />
        )}
        {part.errorText && <p className="text-danger-text wrap-anywhere">{part.errorText}</p>}
        {part.approval?.reason && (
          <p className="text-muted wrap-anywhere">“{part.approval.reason}”</p>
        )}
        {part.approval && links && (
          <Link
            to="/approvals/$approvalId"
            params={{ approvalId: part.approval.id }}
            className="self-start font-medium text-accent-text underline-offset-4 hover:underline"
          >
            {part.state === "approval-requested" ? "Decide" : "Who decided"}
          </Link>
        )}
      </div>
    </details>
  );
}
