// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import type { ApiKey, NewApiKey } from "@/api/types";
import { CreateKey } from "@/features/keys/create-key";
import { renderPage } from "@/test/render";
import { sampleIdentity } from "@/test/samples";
import { serve, type TestRequest } from "@/test/server";

type Wanted = Pick<ApiKey, "kind" | "name" | "scopes">;

function create({ body }: TestRequest): NewApiKey {
  const { kind, name, scopes = [] } = body as Wanted;
  const createdAt = "2026-01-01T00:00:00Z";
  return {
    key: `${kind}-value`,
    apiKey: { id: "key-1", kind, name, prefix: kind.slice(0, 4), scopes, createdAt },
  };
}

async function setUp(identity = sampleIdentity()) {
  const server = await serve({
    "GET /v1/me": () => identity,
    "GET /v1/keys": () => ({ items: [] }),
    "POST /v1/keys": create,
  });
  const user = renderPage(server.deps, <CreateKey onClose={() => undefined} />);
  const opener = await screen.findByRole("button", { name: "New key" });
  return { server, user, opener };
}

it("shows a secret key once, and leaves no trace of it", async () => {
  const { server, user, opener } = await setUp();
  await user.click(opener);
  await user.type(screen.getByLabelText("Name"), "Order service");
  await user.click(screen.getByRole("radio", { name: "Secret" }));
  await user.click(screen.getByRole("checkbox", { name: /See agents/ }));
  await user.click(screen.getByRole("button", { name: "Create key" }));

  const shown = await screen.findByLabelText<HTMLInputElement>("The key");
  expect(shown.value).toBe("secret-value");
  const asked = server.requests.find(({ method }) => method === "POST");
  expect(asked?.body).toEqual({
    kind: "secret",
    name: "Order service",
    scopes: ["chat", "agents:read"],
  });

  await user.keyboard("{Escape}");
  expect(screen.getByLabelText("The key")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "I have stored it" }));
  await waitFor(() => expect(screen.queryByLabelText("The key")).toBeNull());
  const { queries } = server.deps;
  await waitFor(() => expect(queries.getMutationCache().getAll()).toHaveLength(0));
  expect(
    JSON.stringify(
      queries
        .getQueryCache()
        .getAll()
        .map(({ state }) => state),
    ),
  ).not.toContain("secret-value");
});

it("offers only what the person may do themselves", async () => {
  const { user, opener } = await setUp();
  await user.click(opener);
  await user.click(screen.getByRole("radio", { name: "Secret" }));
  expect(screen.getAllByRole("checkbox")).toHaveLength(sampleIdentity().permissions.length);
  expect(screen.queryByRole("checkbox", { name: /budget/ })).toBeNull();
});

it("does not open for a role that may not make keys", async () => {
  const { user, opener } = await setUp(
    sampleIdentity({ role: "agent", permissions: ["keys:read"] }),
  );
  await user.click(opener);
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(opener.getAttribute("aria-disabled")).toBe("true");
});
