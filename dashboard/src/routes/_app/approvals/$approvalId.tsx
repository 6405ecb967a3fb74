import { createFileRoute } from "@tanstack/react-router";
import { ApprovalView } from "@/features/approvals/approval-view";
import { approvalQuery } from "@/features/approvals/queries";

export const Route = createFileRoute("/_app/approvals/$approvalId")({
  loader: ({ context: { deps }, params: { approvalId } }) =>
    deps.queries.ensureQueryData(approvalQuery(deps, approvalId)),
  head: ({ loaderData }) => ({ meta: [{ title: `${loaderData?.title ?? "Approval"} · Parley` }] }),
  component: ApprovalPage,
});

function ApprovalPage() {
  const { approvalId } = Route.useParams();
  return <ApprovalView key={approvalId} id={approvalId} />;
}
