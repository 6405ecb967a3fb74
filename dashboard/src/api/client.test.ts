import { expect, it } from "vitest";
import { bodyOf, createApi } from "@/api/client";
import { ApiError, isStatus } from "@/api/problem";
import { problem, serve } from "@/test/server";

it("gives the body of an answer", async () => {
  const { deps } = await serve({ "GET /v1/usage": () => ({ month: "2026-01", turns: 3 }) });
  expect(await bodyOf(deps.api.GET("/v1/usage"))).toMatchObject({ turns: 3 });
});

it("throws a refusal with its words and its request id", async () => {
  const { deps } = await serve({
    "GET /v1/usage": (_, response) => problem(response, 403, "Your role may not see this."),
  });
  const error = await bodyOf(deps.api.GET("/v1/usage")).catch((caught: unknown) => caught);
  expect(isStatus(error, 403)).toBe(true);
  expect(error).toMatchObject({
    message: "Your role may not see this.",
    problem: { requestId: "request-1" },
  });
});

it("makes words of an answer that is no problem document", async () => {
  const { deps } = await serve({
    "GET /v1/usage": (_, response) => {
      response.writeHead(502, { "x-request-id": "from-header" }).end("<h1>Bad gateway</h1>");
    },
  });
  const error = await bodyOf(deps.api.GET("/v1/usage")).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    status: 502,
    message: "The server answered 502 Bad Gateway",
    problem: { requestId: "from-header" },
  });
});

it("says that the server cannot be reached", async () => {
  const closed = createApi("http://127.0.0.1:1");
  const error = await bodyOf(closed.GET("/v1/usage")).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(isStatus(error, 0)).toBe(true);
});
