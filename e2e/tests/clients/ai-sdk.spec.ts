import { randomUUID } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import { DefaultChatTransport, readUIMessageStream, type UIMessage, type UIMessageChunk } from "ai";
import { bundle } from "../../support/bundle";
import { longAnswer, shortAnswer, silentAnswer, twoAnswers } from "../../support/model";
import { type Customer, expect, test } from "../../support/test";
import { calculator, cart, toolQuestion } from "../../support/tools";
import { chatUrl, visitorToken } from "../../support/visitor";
import { storedMessages, textOf } from "../../support/workspace";

/** A page with the AI SDK's own hook and transport, which knows nothing of Parley. */
async function openChat(customer: Customer, page: Page): Promise<void> {
  const script = await bundle("ai-sdk.tsx");
  const [token, chatId] = [await visitorToken(customer), randomUUID()];
  const root = `<div id="root" data-api="${chatUrl(customer)}" data-token="${token}" data-chat-id="${chatId}"></div>`;
  customer.site.publish("/chat.js", script, { "content-type": "text/javascript; charset=utf-8" });
  const html = `<!doctype html><title>Chat</title>${root}<script src="/chat.js"></script>`;
  await page.goto(customer.site.publish("/chat", html));
}

async function ask(page: Page, question: string): Promise<void> {
  await page.getByRole("textbox", { name: "Question" }).fill(question);
  await page.getByRole("button", { name: "Ask" }).click();
}

async function expectReady(page: Page): Promise<void> {
  await expect(page.getByRole("status")).toHaveText("ready");
  await expect(page.getByRole("list", { name: "Errors" })).toBeEmpty();
}

test("useChat holds a conversation", async ({ customer, page }) => {
  const first = await longAnswer(30);
  const second = await shortAnswer("Porcelain.");
  await openChat(customer, page);
  const answers = page.getByRole("article", { name: "assistant" });
  await ask(page, first.question);
  await expect(page.getByRole("status")).toHaveText("streaming");
  await expect(answers).toHaveText(first.answer);
  await expectReady(page);
  await ask(page, second.question);
  await expect(answers).toHaveText([first.answer, second.answer]);
  await expectReady(page);
  const stored = await storedMessages(customer.workspace);
  expect(stored.map(textOf)).toEqual([
    first.question,
    first.answer,
    second.question,
    second.answer,
  ]);
});

test.describe("with a tool that the visitor decides about", () => {
  test.use({ agentConfig: { tools: [{ ...calculator, policy: { default: "ask_visitor" } }] } });

  test("useChat decides, and the answer goes on in the same message", async ({
    customer,
    page,
  }) => {
    const question = await toolQuestion(
      `What do three mugs cost? (${randomUUID()})`,
      [{ name: "calculate", arguments: { expression: "19.99 * 3" } }],
      "They cost 59.97.",
    );
    await openChat(customer, page);
    await ask(page, question);
    await page.getByRole("button", { name: "Approve" }).click();
    // The hook sends what was decided once the stream has ended, which is after a minute.
    const answers = page.getByRole("article", { name: "assistant" });
    await expect(answers).toHaveText(["They cost 59.97."], { timeout: 100_000 });
    await expectReady(page);
    const stored = await storedMessages(customer.workspace);
    expect(stored.map(textOf).at(-1)).toBe("They cost 59.97.");
  });
});

test.describe("with a tool of the page", () => {
  test.use({ agentConfig: { tools: [cart, calculator] } });

  test("useChat makes the call, and the answer goes on in the same message", async ({
    customer,
    page,
  }) => {
    const question = await toolQuestion(
      `I take the mug. (${randomUUID()})`,
      [
        { name: "calculate", arguments: { expression: "19.99 * 3" } },
        { name: "add_to_cart", arguments: { id: "mug" } },
      ],
      "The mug is in your cart.",
    );
    await openChat(customer, page);
    await ask(page, question);
    const answers = page.getByRole("article", { name: "assistant" });
    await expect(answers).toHaveText(["The mug is in your cart."]);
    await expectReady(page);
    const calls = JSON.stringify([{ toolName: "add_to_cart", input: { id: "mug" } }]);
    await expect(page.getByTestId("cart"), "and no other call is handed to it").toHaveText(calls);
    const [, stored] = await storedMessages(customer.workspace);
    const made = stored?.parts.filter((part) => part.type === "dynamic-tool");
    expect(made?.map(({ output }) => output)).toEqual([{ result: 59.97 }, { items: 1 }]);
  });
});

test("useChat regenerates an answer and edits a message", async ({ customer, page }) => {
  const asked = await twoAnswers("Heads.", "Tails.");
  const edited = await shortAnswer("Porcelain.");
  const last = await shortAnswer("At dawn.");
  await openChat(customer, page);
  const [questions, answers] = ["user", "assistant"].map((name) =>
    page.getByRole("article", { name }),
  ) as [Locator, Locator];
  await ask(page, asked);
  await expect(answers).toHaveText("Heads.");
  await expectReady(page);
  await page.getByRole("button", { name: "Regenerate" }).click();
  await expect(answers).toHaveText("Tails.");
  await expectReady(page);
  const [, anew] = await storedMessages(customer.workspace);
  expect(anew && textOf(anew)).toBe("Tails.");
  expect(anew?.versions).toHaveLength(2);

  await page.getByRole("textbox", { name: "Question" }).fill(edited.question);
  await page.getByRole("button", { name: "Edit" }).click();
  await expect(answers).toHaveText("Porcelain.");
  await expectReady(page);
  await expect(questions).toHaveText(edited.question);
  await ask(page, last.question);
  await expect(answers).toHaveText(["Porcelain.", "At dawn."]);
  const stored = await storedMessages(customer.workspace);
  expect(stored.map(textOf)).toEqual([edited.question, "Porcelain.", last.question, "At dawn."]);
  expect(stored[0]?.versions).toHaveLength(2);
});

test("useChat resumes an answer when its page is loaded again", async ({ customer, page }) => {
  const { question, answer } = await longAnswer(160);
  await openChat(customer, page);
  const shown = page.getByRole("article", { name: "assistant" });
  await ask(page, question);
  await expect(shown).toContainText("word10 ");
  await page.reload();
  await expect(shown).toContainText("word20 ");
  await expect(page.getByRole("status")).toHaveText("streaming");
  await expect(shown).toHaveText(answer);
  await expectReady(page);
  expect((await storedMessages(customer.workspace)).map(textOf)).toEqual([question, answer]);
});

test("useChat takes the news of a model that is silent", async ({ customer, page }) => {
  const { question, answer } = await silentAnswer(13_000);
  await openChat(customer, page);
  await ask(page, question);
  await expect(page.getByTestId("data")).toContainText("data-status");
  await expect(page.getByRole("article", { name: "assistant" })).toHaveText(answer);
  await expectReady(page);
});

test.describe("with suggestions", () => {
  test.use({ agentConfig: { suggestions: true } });

  test("the transport alone completes an answer and resumes one", async ({ customer }) => {
    const { question, answer } = await longAnswer();
    const headers = { authorization: `Bearer ${await visitorToken(customer)}` };
    const transport = new DefaultChatTransport({ api: chatUrl(customer), headers });
    const chatId = "any string: ünïcode/and?signs";
    const message: UIMessage = {
      id: randomUUID(),
      role: "user",
      parts: [{ type: "text", text: question }],
    };
    const sent = await transport.sendMessages({
      trigger: "submit-message",
      chatId,
      messageId: undefined,
      messages: [message],
      abortSignal: undefined,
    });
    await readUntilText(sent);

    const resumed = await transport.reconnectToStream({ chatId });
    if (!resumed) throw new Error("there was nothing to resume");
    expect(textOfMessage(await lastMessage(resumed))).toBe(answer);
    expect(await transport.reconnectToStream({ chatId }), "nothing runs any more").toBeNull();
  });
});

/** Reads until the first words are there, and hangs up. */
async function readUntilText(stream: ReadableStream<UIMessageChunk>): Promise<void> {
  for await (const chunk of stream) {
    if (chunk.type === "text-delta") return;
  }
  throw new Error("the stream ended without a word");
}

async function lastMessage(stream: ReadableStream<UIMessageChunk>): Promise<UIMessage> {
  let last: UIMessage | undefined;
  const onError = (error: unknown) => {
    throw error;
  };
  for await (const message of readUIMessageStream({ stream, onError, terminateOnError: true })) {
    last = message;
  }
  if (!last) throw new Error("the stream held no message");
  return last;
}

function textOfMessage({ parts }: UIMessage): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
