// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ToolSecrets } from "@/features/settings/tool-secrets";
import { renderPage } from "@/test/render";
import { sampleIdentity } from "@/test/samples";
import { problem, serve } from "@/test/server";

const time = "2026-01-01T00:00:00Z";

async function show(permissions = ["settings:write" as const]) {
  const names: string[] = [];
  const server = await serve({
    "GET /v1/me": () => sampleIdentity({ permissions }),
    "GET /v1/tool-secrets": () => ({
      items: names.map((name) => ({ name, createdAt: time, updatedAt: time })),
    }),
    "PUT /v1/tool-secrets/SHOP_KEY": ({ body }, response) => {
      const { value } = body as { value: string };
      if (value === "bad") return problem(response, 422, "That is no value.", "body.value");
      names.push("SHOP_KEY");
      return { name: "SHOP_KEY", createdAt: time, updatedAt: time };
    },
    "PUT /v1/tool-secrets/_KEY": (_, response) => {
      const body = {
        status: 422,
        detail: "The request is not valid: see errors.",
        errors: [{ location: "path.name", message: "It begins with a letter." }],
      };
      response.writeHead(422, { "content-type": "application/problem+json" });
      response.end(JSON.stringify(body));
    },
    "PUT /v1/tool-secrets/ONE_TOO_MANY": (_, response) =>
      problem(response, 422, "There are too many."),
    "GET /v1/signing-secret": () => ({ secret: "whsec_one" }),
    "DELETE /v1/tool-secrets/SHOP_KEY": (_, response) => {
      names.pop();
      response.writeHead(204).end();
    },
  });
  const user = renderPage(server.deps, <ToolSecrets />);
  await screen.findByRole("heading", { name: "Tools" });
  return user;
}

const invalid = () =>
  [screen.getByLabelText("Name"), screen.getByLabelText("Value")].map((field) =>
    field.getAttribute("aria-invalid"),
  );

it("sets a secret that is not shown again, and deletes it", async () => {
  const user = await show();
  await user.type(screen.getByLabelText("Name"), "shop key");
  await user.type(screen.getByLabelText("Value"), "hush");
  await user.click(screen.getByRole("button", { name: "Set the secret" }));
  await screen.findByText("SHOP_KEY");
  expect(screen.getByLabelText<HTMLInputElement>("Value").value).toBe("");
  await user.click(screen.getByRole("button", { name: "Delete SHOP_KEY" }));
  await user.click(screen.getByRole("button", { name: "Delete" }));
  await expect.poll(() => screen.queryByText("SHOP_KEY")).toBeNull();
});

it("says at its field what is wrong", async () => {
  const user = await show();
  const set = () => user.click(screen.getByRole("button", { name: "Set the secret" }));
  await user.type(screen.getByLabelText("Name"), "shop_key");
  await user.type(screen.getByLabelText("Value"), "bad");
  await set();
  await screen.findByText("That is no value.");
  expect(invalid()).toEqual([null, "true"]);
  await user.clear(screen.getByLabelText("Name"));
  await user.type(screen.getByLabelText("Name"), "_key");
  await set();
  await screen.findByText("It begins with a letter.");
  expect(invalid()).toEqual(["true", null]);
  expect(screen.queryByText(/see errors/)).toBeNull();
});

it("blames no field for what is wrong with neither", async () => {
  const user = await show();
  await user.type(screen.getByLabelText("Name"), "one_too_many");
  await user.type(screen.getByLabelText("Value"), "hush");
  await user.click(screen.getByRole("button", { name: "Set the secret" }));
  await screen.findByText("There are too many.");
  expect(invalid()).toEqual([null, null]);
});

it("shows the signing secret when asked", async () => {
  const user = await show();
  expect(screen.queryByLabelText("The signing secret")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Show it" }));
  const shown = await screen.findByLabelText<HTMLInputElement>("The signing secret");
  expect(shown.value).toBe("whsec_one");
});

it("asks nothing for those who may not see it", async () => {
  await show([]);
  await screen.findByText(/may not change the settings/);
  expect(screen.queryByLabelText("Value")).toBeNull();
});
