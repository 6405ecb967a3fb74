import { expect, test } from "vitest";
import { FrameDecoder } from "../app/net/sse";
import type { Chunk, Message, Page, WidgetConfig } from "../app/protocol";
import { foldEvent, newTurn, textOf } from "../app/state/turn";
import { PreviewAnswers } from "./answers";

const config: WidgetConfig = { agentId: "agent", name: "Draft", greeting: "Hello" };
const api = "https://parley.example/v1/";

function post(answers: PreviewAnswers, path: string, body: unknown): Promise<Response> {
  return answers.fetch(api + path, { method: "POST", body: JSON.stringify(body) });
}

async function read(response: Response) {
  const decoder = new FrameDecoder();
  const frames = decoder.push(new Uint8Array(await response.arrayBuffer()));
  expect(frames.pop()?.data).toBe("[DONE]");
  return frames.reduce((turn, { id, data }) => {
    return foldEvent(turn, { seq: Number(id), chunk: JSON.parse(data) as Chunk });
  }, newTurn("turn-1"));
}

test("a session has the configuration of the moment", async () => {
  let current = config;
  const answers = new PreviewAnswers(() => current);
  current = { ...config, greeting: "Changed" };
  const session = (await (await post(answers, "widget/sessions", {})).json()) as object;
  expect(session).toMatchObject({ config: { greeting: "Changed" } });
});

test("a question is answered by a whole stream, and both are kept as the widget knows them", async () => {
  const answers = new PreviewAnswers(() => config);
  expect((await post(answers, "conversations", {})).status).toBe(201);
  const parts = [{ type: "text", text: "Hello?" }];
  const response = await post(answers, "conversations/preview/turns", {
    message: { id: "mine", parts },
  });
  expect(response.headers.get("x-parley-turn-id")).toBe("turn-1");
  const turn = await read(response);
  expect(turn).toMatchObject({ status: "complete", messageId: "answer-1" });

  const listed = await answers.fetch(`${api}conversations/preview/messages?order=desc`);
  const { items } = (await listed.json()) as Page<Message>;
  expect(items).toMatchObject([
    { id: "answer-1", role: "assistant", turnId: "turn-1" },
    { clientId: "mine", role: "user", parts },
  ]);
  expect(textOf(items[0]?.parts ?? [])).toBe(textOf(turn.parts));
});

test("a new conversation begins empty", async () => {
  const answers = new PreviewAnswers(() => config);
  const message = { id: "mine", parts: [{ type: "text", text: "Hello?" }] };
  await read(await post(answers, "conversations/preview/turns", { message }));
  await post(answers, "conversations", {});
  const listed = await answers.fetch(`${api}conversations/preview/messages`);
  expect(((await listed.json()) as Page<Message>).items).toEqual([]);
});

test.each([
  ["suggestions", ["data-suggestions"]],
  ["components", [...Array(6).fill("data-ui"), "data-suggestions"]],
])("an agent whose answers have %s shows what they may look like", async (kind, types) => {
  const answers = new PreviewAnswers(() => ({ ...config, output: { kind } }));
  const message = { id: "mine", parts: [{ type: "text", text: "Hello?" }] };
  const turn = await read(await post(answers, "conversations/preview/turns", { message }));
  const beside = turn.parts.filter(({ type }) => type.startsWith("data-"));
  expect(beside.map(({ type }) => type)).toEqual(types);
});

test("a document of a schema of one's own is made up", async () => {
  const properties = {
    mood: { enum: ["good", "bad"] },
    stops: { type: "array", items: { type: "object", properties: { at: { type: "integer" } } } },
  };
  const output = { kind: "schema", schema: { type: "object", properties } };
  const answers = new PreviewAnswers(() => ({ ...config, output }));
  const message = { id: "mine", parts: [{ type: "text", text: "Hello?" }] };
  const turn = await read(await post(answers, "conversations/preview/turns", { message }));
  expect(turn.parts.find(({ type }) => type === "data-object")?.data).toEqual({
    value: { mood: "good", stops: [{ at: 1 }] },
    complete: true,
  });
});
