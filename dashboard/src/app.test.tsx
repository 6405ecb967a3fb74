// @vitest-environment jsdom
import { createMemoryHistory } from "@tanstack/react-router";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, onTestFinished } from "vitest";
import { createApp } from "@/app";
import { sampleIdentity } from "@/test/samples";
import { problem, serve } from "@/test/server";

const settings = { id: "tenant-1", slug: "acme", name: "Acme", hasIdentitySecret: false };

/** The whole application on an API whose session may end at any moment. */
async function open(path: string, signedIn: boolean) {
  const session = { open: signedIn };
  const guarded = (body: unknown) => (_: unknown, response: Parameters<typeof problem>[0]) =>
    session.open ? body : problem(response, 401, "Sign in first.");
  const server = await serve({
    "GET /v1/me": guarded(sampleIdentity({ permissions: ["settings:read", "settings:write"] })),
    "GET /v1/settings": guarded(settings),
    "PATCH /v1/settings": guarded(settings),
    "GET /v1/agents": guarded({ items: [] }),
    "POST /v1/auth/sign-in": () => {
      session.open = true;
      return sampleIdentity();
    },
  });
  const history = createMemoryHistory({ initialEntries: [path] });
  const { app, router } = createApp({ baseUrl: server.url, history });
  onTestFinished(cleanup);
  render(app);
  const asked = (name: string) => server.requests.filter(({ path: at }) => at === name).length;
  return { session, router, asked, user: userEvent.setup() };
}

it("asks who is there once, has the person sign in, and goes where they wanted", async () => {
  const { user, asked, router } = await open("/dashboard/settings", false);
  await user.type(await screen.findByLabelText("E-mail"), "ada@example.com");
  expect(asked("/v1/me")).toBe(1);
  await user.type(screen.getByLabelText("Password"), "right{Enter}");
  expect(await screen.findByRole("heading", { name: "Settings" })).toBeTruthy();
  expect(router.state.location.pathname).toBe("/settings");
});

it("sends the person to sign in when the session ends under a page", async () => {
  const { user, session } = await open("/dashboard/settings", true);
  await screen.findByRole("heading", { name: "Settings" });
  session.open = false;
  await user.click(screen.getByRole("link", { name: "Agents" }));
  expect(await screen.findByRole("heading", { name: "Sign in to Parley" })).toBeTruthy();
});

it("sends the person to sign in when a change finds no session", async () => {
  const { user, session } = await open("/dashboard/settings", true);
  await screen.findByRole("heading", { name: "Settings" });
  session.open = false;
  const [save] = screen.getAllByRole("button", { name: "Save" });
  if (save) await user.click(save);
  expect(await screen.findByRole("heading", { name: "Sign in to Parley" })).toBeTruthy();
});

it("says so when there is no such page", async () => {
  await open("/dashboard/nowhere", true);
  await waitFor(() =>
    expect(screen.getByRole("heading", { name: "Nothing is here" })).toBeTruthy(),
  );
});
