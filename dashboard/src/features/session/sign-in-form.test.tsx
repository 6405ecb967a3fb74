// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { SignInForm } from "@/features/session/sign-in-form";
import { renderPage } from "@/test/render";
import { sampleIdentity } from "@/test/samples";
import { problem, serve, type TestRequest } from "@/test/server";

const signIn = ({ body }: TestRequest) => body as { email: string; password: string };

async function setUp() {
  const onSignedIn = vi.fn().mockResolvedValue(undefined);
  const server = await serve({
    "POST /v1/auth/sign-in": (request, response) =>
      signIn(request).password === "right"
        ? sampleIdentity()
        : problem(response, 401, "E-mail or password is wrong."),
  });
  const user = renderPage(server.deps, <SignInForm onSignedIn={onSignedIn} />);
  await screen.findByLabelText("E-mail");
  return { server, user, onSignedIn };
}

it("signs in with the right password", async () => {
  const { server, user, onSignedIn } = await setUp();
  await user.type(screen.getByLabelText("E-mail"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "right{Enter}");
  await waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
  expect(server.requests[0]?.body).toEqual({ email: "ada@example.com", password: "right" });
});

it("says that the password is wrong, and keeps the address", async () => {
  const { user, onSignedIn } = await setUp();
  await user.type(screen.getByLabelText("E-mail"), "ada@example.com");
  await user.type(screen.getByLabelText("Password"), "wrong{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("do not match");
  expect(screen.getByLabelText<HTMLInputElement>("E-mail").value).toBe("ada@example.com");
  expect(screen.getByLabelText<HTMLInputElement>("Password").value).toBe("");
  expect(onSignedIn).not.toHaveBeenCalled();
});

it("asks the server nothing before both fields are filled", async () => {
  const { server, user } = await setUp();
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByText("Enter your password.")).toBeTruthy();
  expect(server.requests).toHaveLength(0);
});
