import { queryOptions } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import { pagesQuery } from "@/api/pages";
import type { Approval } from "@/api/types";
import type { Deps } from "@/deps";

export interface ApprovalFilter {
  state?: Approval["state"];
  agentId?: string;
}

export const approvalsKey = ["approvals"] as const;

export const approvalsQuery = ({ api }: Deps, filter: ApprovalFilter) =>
  pagesQuery([...approvalsKey, "list", filter], (cursor, signal) =>
    bodyOf(
      api.GET("/v1/approvals", { params: { query: { ...filter, cursor, limit: 30 } }, signal }),
    ),
  );

export const approvalQuery = ({ api }: Deps, id: string) =>
  queryOptions({
    queryKey: [...approvalsKey, id],
    queryFn: ({ signal }) =>
      bodyOf(api.GET("/v1/approvals/{id}", { params: { path: { id } }, signal })),
  });

export const openApprovalsQuery = ({ api }: Deps) =>
  queryOptions({
    queryKey: [...approvalsKey, "count"],
    queryFn: ({ signal }) => bodyOf(api.GET("/v1/approvals/count", { signal })),
  });
