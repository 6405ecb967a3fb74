// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { ApprovalDetail } from "@/api/types";
import { ApprovalView } from "@/features/approvals/approval-view";
import { renderPage } from "@/test/render";
import { sampleApproval } from "@/test/samples";
import { problem, serve } from "@/test/server";

async function show(change: Partial<ApprovalDetail>, decided: Partial<ApprovalDetail> = {}) {
  const approval = sampleApproval({ class: "idempotent", ...change });
  let current = approval;
  const server = await serve({
    [`GET /v1/approvals/${approval.id}`]: () => current,
    [`POST /v1/approvals/${approval.id}/decision`]: ({ body }, response) => {
      if (JSON.stringify(body).includes("1000")) {
        problem(response, 422, "The arguments do not fit.", "body.arguments");
        return undefined;
      }
      current = { ...approval, ...decided };
      return current;
    },
  });
  const user = renderPage(server.deps, <ApprovalView id={approval.id} />);
  await screen.findByRole("heading", { name: approval.title });
  const sent = () =>
    server.requests.filter(({ method }) => method === "POST").map(({ body }) => body);
  return { user, sent, hash: approval.argumentsHash };
}

it("approves exactly what is shown", async () => {
  const { user, sent, hash } = await show({}, { state: "approved", callState: "succeeded" });
  await user.click(screen.getByRole("button", { name: "Approve" }));
  await screen.findByText("Done");
  expect(sent()).toEqual([{ approve: true, argumentsHash: hash }]);
});

it("asks once more before what cannot be undone", async () => {
  const { user, sent } = await show(
    { class: "write" },
    { state: "approved", callState: "dispatched" },
  );
  await user.click(screen.getByRole("button", { name: "Approve" }));
  expect(sent()).toEqual([]);
  const dialog = await screen.findByRole("dialog");
  expect(dialog.textContent).toContain("cannot be taken back");
});

it("denies with a reason", async () => {
  const { user, sent, hash } = await show(
    {},
    { state: "denied", callState: "denied", reason: "Too much." },
  );
  await user.click(screen.getByRole("button", { name: "Deny" }));
  await user.type(screen.getByLabelText("Reason"), "Too much.");
  await user.click(screen.getByRole("button", { name: "Deny" }));
  await screen.findByText("It was not done.");
  expect(sent()).toEqual([{ approve: false, reason: "Too much.", argumentsHash: hash }]);
});

it("shows at the field what does not fit in edited arguments", async () => {
  const { user, sent } = await show({ editable: true, arguments: { amount: 1000 } });
  await user.click(screen.getByRole("button", { name: "Edit first" }));
  const field = screen.getByLabelText("Arguments");
  await user.clear(field);
  await user.type(field, '{{"amount": 10001}');
  await user.click(screen.getByRole("button", { name: "Approve" }));
  await screen.findByText("The arguments do not fit.");
  expect(sent()).toHaveLength(1);
});

it("sends no arguments that only look different", async () => {
  const { user, sent, hash } = await show(
    { editable: true, arguments: { order: "471100", amount: 50 } },
    { state: "approved", callState: "succeeded" },
  );
  await user.click(screen.getByRole("button", { name: "Edit first" }));
  const field = screen.getByLabelText("Arguments");
  await user.clear(field);
  await user.type(field, '{{"amount": 50, "order": "471100"}');
  await user.click(screen.getByRole("button", { name: "Approve" }));
  await screen.findByText("Done");
  expect(sent()).toEqual([{ approve: true, argumentsHash: hash }]);
});

it("offers nothing to those who may not decide", async () => {
  await show({ mayDecide: false, roles: ["owner"] });
  screen.getByText("Only owners may decide this.");
  expect(screen.queryByRole("button", { name: "Approve" })).toBeNull();
});

it("tells those who have decided that others are still to do so", async () => {
  await show({ mayDecide: false, voted: true, quorum: 2 });
  screen.getByText("You have decided. It waits for others.");
  expect(screen.queryByRole("button", { name: "Approve" })).toBeNull();
});

it("asks no more of those whose decision is not the last", async () => {
  const { user } = await show({ quorum: 2 }, { mayDecide: false, voted: true, quorum: 2 });
  await user.click(screen.getByRole("button", { name: "Approve" }));
  await screen.findByText("You have decided. It waits for others.");
});
