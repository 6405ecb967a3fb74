// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, it, onTestFinished, vi } from "vitest";
import { OpenCount } from "@/features/approvals/open-count";
import { approvalsKey } from "@/features/approvals/queries";
import { renderPage } from "@/test/render";
import { serve } from "@/test/server";

/** The badge, and how to let the number of open approvals be another one. */
async function show(first: number) {
  let open = first;
  document.title = "Agents";
  const { deps, requests } = await serve({ "GET /v1/approvals/count": () => ({ open }) });
  renderPage(
    deps,
    <p>
      Approvals <OpenCount />
    </p>,
  );
  await expect.poll(() => deps.queries.getQueryData([...approvalsKey, "count"])).toBeTruthy();
  const put = async (next: number) => {
    open = next;
    await deps.queries.invalidateQueries({ queryKey: approvalsKey });
  };
  return { put, requests };
}

it("counts what waits, and in the tab's title", async () => {
  const { put } = await show(3);
  await screen.findByText("3 approvals waiting");
  await expect.poll(() => document.title).toBe("(3) Agents");
  document.title = "Keys"; // as another page does
  await expect.poll(() => document.title).toBe("(3) Keys");
  await put(1);
  await screen.findByText("1 approval waiting");
  await expect.poll(() => document.title).toBe("(1) Keys");
  await put(0);
  await expect.poll(() => document.title).toBe("Keys");
  expect(screen.queryByText(/waiting/)).toBeNull();
});

it("has room for two digits", async () => {
  await show(120);
  await screen.findByText("99+");
  screen.getByText("120 approvals waiting");
  await expect.poll(() => document.title).toBe("(99+) Agents");
});

it("notifies of new ones while nobody looks, where that is allowed", async () => {
  const told: string[] = [];
  class Told {
    static permission = "granted";
    constructor(_: string, { body }: { body: string }) {
      told.push(body);
    }
  }
  vi.stubGlobal("Notification", Told);
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  onTestFinished(() => {
    vi.unstubAllGlobals();
    hidden.mockRestore();
  });
  const { put } = await show(1);
  await put(2);
  await expect.poll(() => told).toEqual(["2 approvals waiting for a decision"]);
  await put(1);
  await screen.findByText("1 approval waiting");
  hidden.mockReturnValue(false);
  await put(5);
  await screen.findByText("5 approvals waiting");
  expect(told).toHaveLength(1);
});
