import { RotateCw } from "lucide-react";
import { ApiError } from "@/api/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";

interface Words {
  title: string;
  detail: string;
  requestId?: string;
}

/** An error in words for the person at the screen. */
export function wordsFor(error: unknown): Words {
  if (!(error instanceof ApiError)) {
    return {
      title: "Something went wrong on this page",
      detail: "Reload it. If that does not help, tell the people who run this Parley.",
    };
  }
  const { requestId } = error.problem;
  const fields = error.problem.errors?.map((item) => item.message).filter(Boolean) ?? [];
  return { title: titleFor(error), detail: [error.message, ...fields].join(" "), requestId };
}

function titleFor({ status, problem }: ApiError): string {
  if (status === 0) return "No connection";
  if (status === 403) return "You may not do this";
  if (status === 404) return "Not found";
  if (status === 409) return "Somebody was faster";
  if (status === 429) return "Too many requests";
  if (status >= 500) return "The server could not do it";
  return problem.title ?? "That did not work";
}

interface ProblemAlertProps {
  error: unknown;
  onRetry?: () => void;
}

/** Says what failed, with the request id by which an operator finds it in the log. */
export function ProblemAlert({ error, onRetry }: ProblemAlertProps) {
  const { title, detail, requestId } = wordsFor(error);
  const retry = onRetry && (
    <Button size="sm" onClick={onRetry}>
      <RotateCw aria-hidden />
      Try again
    </Button>
  );
  return (
    <Alert tone="danger" title={title} actions={retry} live>
      <p>{detail}</p>
      {requestId && (
        <p className="mt-1 text-xs">
          Request <code className="font-mono">{requestId}</code>
        </p>
      )}
    </Alert>
  );
}
