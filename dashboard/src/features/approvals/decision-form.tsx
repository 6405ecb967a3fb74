import { useMutation } from "@tanstack/react-query";
import { Check, Pencil, X } from "lucide-react";
import { useState } from "react";
import { bodyOf } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { ApprovalDetail } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { approvalQuery, approvalsKey } from "@/features/approvals/queries";
import { isSame, refusalOf } from "@/features/approvals/words";

interface Decision {
  approve: boolean;
  reason?: string;
  arguments?: unknown;
}

function useDecide({ id, argumentsHash }: ApprovalDetail) {
  const deps = useDeps();
  return useMutation({
    mutationFn: (decision: Decision) =>
      bodyOf(
        deps.api.POST("/v1/approvals/{id}/decision", {
          params: { path: { id } },
          body: { ...decision, argumentsHash },
        }),
      ),
    onSuccess: (decided) => {
      deps.queries.setQueryData(approvalQuery(deps, id).queryKey, decided);
      toast(decided.state === "open" ? "Your decision counts" : "Decided");
    },
    onSettled: () => deps.queries.invalidateQueries({ queryKey: approvalsKey }),
  });
}

/** Approve, deny with a reason, and where the tool allows it, other arguments. */
export function DecisionForm({ approval }: { approval: ApprovalDetail }) {
  const refused = refusalOf(approval);
  const decide = useDecide(approval);
  const [edited, setEdited] = useState<string>();
  const [denying, setDenying] = useState(false);
  const parsed = parse(edited);
  const changed = edited !== undefined && !isSame(parsed.value, approval.arguments);
  if (refused) return <Alert title="Others decide">{refused}</Alert>;
  const approve = () =>
    decide.mutateAsync({ approve: true, ...(changed && { arguments: parsed.value }) });
  const wrong = decide.error instanceof ApiError ? decide.error.fieldError("arguments") : undefined;
  return (
    <div className="flex flex-col gap-4 rounded-card border bg-surface p-5 shadow-lift">
      {edited !== undefined && (
        <Field
          label="Arguments"
          hint="They have to fit the tool’s schema. This is what is sent."
          error={parsed.error ?? wrong}
        >
          <Textarea
            className="font-mono"
            spellCheck={false}
            value={edited}
            onChange={({ target }) => setEdited(target.value)}
          />
        </Field>
      )}
      {decide.isError && !wrong && <ProblemAlert error={decide.error} />}
      {denying ? (
        <Deny
          busy={decide.isPending}
          onCancel={() => setDenying(false)}
          onDeny={(reason) => decide.mutate({ approve: false, reason })}
        />
      ) : (
        <div className="flex flex-wrap gap-2">
          <Approve
            approval={approval}
            blocked={parsed.error}
            busy={decide.isPending}
            onApprove={approve}
          />
          <Button onClick={() => setDenying(true)}>
            <X aria-hidden /> Deny
          </Button>
          {approval.editable && edited === undefined && (
            <Button
              variant="ghost"
              onClick={() => setEdited(JSON.stringify(approval.arguments, null, 2))}
            >
              <Pencil aria-hidden /> Edit first
            </Button>
          )}
          {edited !== undefined && (
            <Button
              variant="ghost"
              onClick={() => {
                setEdited(undefined);
                decide.reset();
              }}
            >
              Leave as it was
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

interface ApproveProps {
  approval: ApprovalDetail;
  blocked: string | undefined;
  busy: boolean;
  onApprove: () => Promise<unknown>;
}

/** What cannot be undone is asked once more. */
function Approve({ approval, blocked, busy, onApprove }: ApproveProps) {
  const button = (
    <Button
      variant="primary"
      busy={busy}
      blocked={blocked}
      onClick={approval.class === "write" ? undefined : () => void onApprove().catch(() => {})}
    >
      <Check aria-hidden /> Approve
    </Button>
  );
  if (approval.class !== "write" || blocked) return button;
  return (
    <Confirm trigger={button} title={`${approval.title}?`} action="Approve" onConfirm={onApprove}>
      It is done as soon as {approval.quorum > 1 ? "enough people have approved" : "you approve"},
      and cannot be taken back here.
    </Confirm>
  );
}

interface DenyProps {
  busy: boolean;
  onCancel: () => void;
  onDeny: (reason: string) => void;
}

function Deny({ busy, onCancel, onDeny }: DenyProps) {
  const [reason, setReason] = useState("");
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onDeny(reason.trim());
      }}
    >
      <Field label="Reason" hint="The agent is told, and tells the visitor in its own words.">
        <Textarea
          autoFocus
          maxLength={1000}
          value={reason}
          onChange={({ target }) => setReason(target.value)}
        />
      </Field>
      <div className="flex gap-2">
        <Button type="submit" variant="danger" busy={busy}>
          Deny
        </Button>
        <Button onClick={onCancel}>Back</Button>
      </div>
    </form>
  );
}

function parse(text: string | undefined): { value?: unknown; error?: string } {
  if (text === undefined) return {};
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { error: "This is not JSON." };
  }
}
