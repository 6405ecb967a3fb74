import { useChat } from "@ai-sdk/react";
import {
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  lastAssistantMessageIsCompleteWithToolCalls,
} from "ai";
import { StrictMode, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

/**
 * A chat as somebody writes it who knows the AI SDK and has read where Parley's
 * endpoint is: its own transport and hook, with the visitor's token as a header.
 */
interface Settings {
  api: string;
  token: string;
  chatId: string;
}

function Chat({ api, token, chatId }: Settings) {
  const [errors, setErrors] = useState<string[]>([]);
  const [data, setData] = useState<string[]>([]);
  const transport = useMemo(
    () =>
      new DefaultChatTransport({
        api,
        headers: { authorization: `Bearer ${token}` },
        body: { clientTools: ["add_to_cart"] },
      }),
    [api, token],
  );
  const [text, setText] = useState("");
  const [cart, setCart] = useState<unknown[]>([]);
  const { messages, sendMessage, regenerate, addToolApprovalResponse, addToolOutput, status } =
    useChat({
      id: chatId,
      transport,
      resume: true,
      sendAutomaticallyWhen: (chat) =>
        lastAssistantMessageIsCompleteWithApprovalResponses(chat) ||
        lastAssistantMessageIsCompleteWithToolCalls(chat),
      onToolCall: ({ toolCall: { toolName, toolCallId, input } }) => {
        setCart((before) => [...before, { toolName, input }]);
        void addToolOutput({ tool: toolName, toolCallId, output: { items: 1 } });
      },
      onError: (error) => setErrors((before) => [...before, String(error)]),
      onData: ({ type }) => setData((before) => [...before, type]),
    });
  return (
    <main>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void sendMessage({ text });
        }}
      >
        <input
          aria-label="Question"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit">Ask</button>
        <button type="button" onClick={() => void regenerate()}>
          Regenerate
        </button>
      </form>
      <p role="status">{status}</p>
      <ul aria-label="Errors">
        {errors.map((error) => (
          <li key={error}>{error}</li>
        ))}
      </ul>
      <p data-testid="cart">{JSON.stringify(cart)}</p>
      <p data-testid="data">{data.join(" ")}</p>
      {messages.map(({ id, role, parts }) => (
        <article key={id} aria-label={role}>
          {parts.map((part) => (part.type === "text" ? part.text : "")).join("")}
          {parts.map(
            (part) =>
              part.type === "dynamic-tool" &&
              part.state === "approval-requested" && (
                <button
                  key={part.toolCallId}
                  type="button"
                  onClick={() =>
                    void addToolApprovalResponse({ id: part.approval.id, approved: true })
                  }
                >
                  Approve
                </button>
              ),
          )}
          {role === "user" && (
            <button
              type="button"
              aria-label="Edit"
              onClick={() => void sendMessage({ text, messageId: id })}
            />
          )}
        </article>
      ))}
    </main>
  );
}

const root = document.getElementById("root");
if (root) {
  const { api = "", token = "", chatId = "" } = root.dataset;
  createRoot(root).render(
    <StrictMode>
      <Chat api={api} token={token} chatId={chatId} />
    </StrictMode>,
  );
}
