import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeApi } from "../../e2e/fake/server";
import { rowsOf } from "../state/rows";
import { offeredSuggestions } from "../state/thread";
import { textOf } from "../state/turn";
import { TestPage } from "../testing/page";
import { Chat } from "./chat";
import type { ChatEvents } from "./context";

let api: FakeApi;
let page: TestPage;
let chats: Chat[];

beforeEach(async () => {
  page = new TestPage();
  chats = [];
  api = await FakeApi.start();
});

afterEach(async () => {
  for (const chat of chats) chat.destroy(false);
  await api.stop();
  vi.unstubAllGlobals();
});

type Said = ChatEvents["message"] | ChatEvents["error"];

function openTab(said: Said[] = [], apiUrl = `${api.url}/`): Chat {
  const chat = new Chat({
    apiUrl,
    agentId: "agent-1",
    tools: {},
    publishableKey: "pk_test",
    emit: (_, detail) => said.push(detail),
    onConfig: () => {},
  });
  chats.push(chat);
  chat.setOpen(true, false);
  return chat;
}

function shown(chat: Chat): string[] {
  const { before, live, after } = rowsOf(chat.store.get().thread);
  return [...before, ...live, ...after].map((row) => textOf(row.parts));
}

const thread = (chat: Chat) => chat.store.get().thread;
const soon = { timeout: 15_000, interval: 10 };
const until = (check: () => void) => vi.waitFor(check, soon);

async function answered(chat: Chat, count = 1): Promise<void> {
  await until(() => {
    expect(thread(chat).turn).toBeUndefined();
    const answers = thread(chat).entries.filter((entry) => entry.role === "assistant");
    expect(answers).toHaveLength(count);
  });
}

const REPLY = "You said: Hello. Is there anything else?";
const SLOW = "One two three four five six seven eight nine ten eleven twelve.";

test("a question is answered over one session and one conversation", async () => {
  const said: Said[] = [];
  const chat = openTab(said);
  await chat.send("Hello");
  await answered(chat);
  expect(shown(chat)).toEqual(["Hello", REPLY]);
  expect(api.sessions).toBe(1);
  expect(said).toMatchObject([
    { role: "user", text: "Hello" },
    { role: "assistant", text: REPLY, id: expect.any(String) },
  ]);
  await chat.send("Hello");
  await answered(chat, 2);
  expect(api.requests.filter((request) => request === "POST /v1/conversations")).toHaveLength(1);
});

test("the page's address is told without what may be secret in it", async () => {
  const sent = vi.spyOn(globalThis, "fetch");
  openTab();
  await until(() => expect(api.sessions).toBe(1));
  const body = String(sent.mock.calls[0]?.[1]?.body);
  expect(JSON.parse(body)).toMatchObject({ page: "https://shop.example/plants" });
  sent.mockRestore();
});

describe("a line that breaks", () => {
  test.each([
    { cutAfter: 1, repeat: 0 },
    { cutAfter: 2, repeat: 1 },
    { cutAfter: 3, repeat: 2 },
    { cutAfter: 5, repeat: 4 },
    { cutAfter: 7, repeat: 0 },
  ])(
    "after $cutAfter frames, with $repeat sent again, loses and doubles nothing",
    async (trouble) => {
      Object.assign(api.mischief, trouble);
      const chat = openTab();
      await chat.send("Hello");
      await answered(chat);
      expect(shown(chat)).toEqual(["Hello", REPLY]);
      expect(api.turns).toHaveLength(1);
      expect(chat.store.get().live).toBe(true);
    },
  );

  test("is known as broken until it is back", async () => {
    const chat = openTab();
    await chat.send("/hold /slow");
    await until(() => expect(shown(chat)[1]).toContain("two"));
    const seen: boolean[] = [];
    chat.store.subscribe(() => seen.push(chat.store.get().live));
    api.hangUp();
    await until(() => expect(seen).toContain(false));
    api.letGo();
    await answered(chat);
    expect(shown(chat)).toEqual(["/hold /slow", SLOW]);
  });
});

test("after a reload in mid-answer the answer goes on", async () => {
  const first = openTab();
  await first.send("/hold /slow");
  await until(() => expect(shown(first)[1]).toContain("three"));
  first.destroy(false);
  const second = openTab();
  await until(() => expect(shown(second)[1]).toContain("three"));
  expect(thread(second).turn).toBeDefined();
  api.letGo();
  await answered(second);
  expect(shown(second)).toEqual(["/hold /slow", SLOW]);
});

test("two tabs show the same conversation as it happens", async () => {
  const mine = openTab();
  await mine.send("Hello");
  await answered(mine);
  const other = openTab();
  await until(() => expect(shown(other)).toEqual(["Hello", REPLY]));
  await other.send("/slow");
  await until(() => expect(shown(mine)[3]).toContain("two"));
  await Promise.all([answered(mine, 2), answered(other, 2)]);
  expect(shown(mine)).toEqual(["Hello", REPLY, "/slow", SLOW]);
  await until(() => expect(shown(other)).toEqual(shown(mine)));
});

test("a tab that nobody sees holds no line, and catches up when it is seen", async () => {
  const chat = openTab();
  await chat.send("Hello");
  await answered(chat);
  page.hide(true);
  api.suggestLate(["What now?"]);
  page.hide(false);
  await until(() => expect(offeredSuggestions(thread(chat))).toEqual(["What now?"]));
});

test("suggestions that come after the answer appear", async () => {
  const chat = openTab();
  await chat.send("Hello");
  await answered(chat);
  await until(() => expect(api.requests).toContainEqual(expect.stringMatching(/\/stream$/)));
  api.suggestLate(["And then?"]);
  await until(() => expect(offeredSuggestions(thread(chat))).toEqual(["And then?"]));
});

describe("a token that has expired", () => {
  test("is renewed once, however many requests notice", async () => {
    const chat = openTab();
    await chat.send("Hello");
    await answered(chat);
    api.expireTokens();
    const id = thread(chat).entries.at(-1)?.id ?? "";
    await Promise.all([chat.loadList(), chat.rate(id, "up"), chat.send("Hello")]);
    await answered(chat, 2);
    expect(api.sessions).toBe(2);
    expect(chat.store.get().list.items).toHaveLength(1);
  });

  test("keeps the visitor", async () => {
    const chat = openTab();
    await chat.send("Hello");
    await answered(chat);
    api.expireTokens();
    chat.destroy(false);
    const later = openTab();
    await until(() => expect(shown(later)).toEqual(["Hello", REPLY]));
  });
});

describe("stopping", () => {
  test("ends the answer with what it has", async () => {
    const chat = openTab();
    await chat.send("/hold /slow");
    await until(() => expect(shown(chat)[1]).toContain("two"));
    chat.stop();
    expect(thread(chat).turn?.stopping).toBe(true);
    await answered(chat);
    expect(thread(chat).entries.at(-1)?.state).toBe("stopped");
    expect(SLOW.startsWith(shown(chat)[1] ?? "?")).toBe(true);
  });

  test("works before the server has named the turn", async () => {
    const chat = openTab();
    await chat.start();
    await chat.send("/hold /slow");
    chat.stop();
    await answered(chat);
    expect(thread(chat).entries.at(-1)?.state).toBe("stopped");
  });
});

describe("a message that is refused", () => {
  test("says why, and goes out unchanged when it is sent again", async () => {
    const said: Said[] = [];
    const chat = openTab(said);
    await chat.start();
    api.mischief.refuseTurn = { status: 429, retryAfter: 3 };
    await chat.send("Hello");
    await until(() => expect(thread(chat).entries[0]?.state).toBe("unsent"));
    const { key = "", complaint } = thread(chat).entries[0] ?? {};
    expect(complaint?.kind).toBe("rate-limited");
    expect(complaint?.retryAt).toBeGreaterThan(Date.now());
    expect(said).toContainEqual({ code: "rate-limited", message: "Not now." });
    chat.resend(key);
    await answered(chat);
    expect(shown(chat)).toEqual(["Hello", REPLY]);
  });

  test.each([
    [402, "budget"],
    [413, "too-large"],
    [422, "invalid"],
  ])("with %d is not tried again by itself", async (status, kind) => {
    const chat = openTab();
    await chat.start();
    api.mischief.refuseTurn = { status };
    await chat.send("Hello");
    await until(() => expect(thread(chat).entries[0]?.complaint?.kind).toBe(kind));
    chat.discard(thread(chat).entries[0]?.key ?? "");
    expect(thread(chat).entries).toEqual([]);
  });

  test("by a server in trouble is tried again by itself, and asked once", async () => {
    const chat = openTab();
    await chat.start();
    api.mischief.refuseTurn = { status: 503 };
    await chat.send("Hello");
    await answered(chat);
    expect(api.turns).toHaveLength(1);
  });
});

test("a message that got through unnoticed is joined, not sent twice", async () => {
  const chat = openTab();
  await chat.start();
  const real = globalThis.fetch;
  const lossy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const response = await real(input, init);
    if (!String(input).endsWith("/turns")) return response;
    lossy.mockRestore();
    throw new TypeError("the answer was lost");
  });
  await chat.send("Hello");
  await answered(chat);
  expect(shown(chat)).toEqual(["Hello", REPLY]);
  expect(api.turns).toHaveLength(1);
});

test("while the network is away a message waits, and goes out when it is back", async () => {
  const chat = openTab();
  await chat.start();
  page.goOffline();
  expect(chat.store.get().online).toBe(false);
  const real = globalThis.fetch;
  const dead = vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no network"));
  await chat.send("Hello");
  await until(() => expect(dead.mock.calls.length).toBeGreaterThan(1));
  expect(thread(chat).entries[0]?.state).toBe("sending");
  dead.mockImplementation(real);
  page.goOnline();
  await answered(chat);
  dead.mockRestore();
});

test("a message sent during an answer joins it, in the order of writing", async () => {
  const chat = openTab();
  await chat.send("/hold /slow");
  await until(() => expect(shown(chat)[1]).toContain("One"));
  await chat.send("Also this");
  await until(() => expect(thread(chat).entries[1]?.state).toBe("pending"));
  expect(shown(chat).at(-1)).toBe("Also this");
  api.letGo();
  await answered(chat);
  expect(api.turns).toHaveLength(1);
  await until(() => {
    expect(thread(chat).entries.some((entry) => entry.state === "pending")).toBe(false);
  });
});

describe("conversations", () => {
  test("can be left, listed and opened again", async () => {
    const said: Said[] = [];
    const chat = openTab(said);
    await chat.send("Hello");
    await answered(chat);
    const first = thread(chat).conversationId ?? "";
    chat.newConversation();
    expect(shown(chat)).toEqual([]);
    await chat.send("/suggest");
    await answered(chat);
    chat.showList();
    await until(() => expect(chat.store.get().list.items).toHaveLength(2));
    chat.openConversation(first);
    await until(() => expect(shown(chat)).toEqual(["Hello", REPLY]));
    expect(chat.store.get().screen).toBe("chat");
    expect(said.filter((detail) => "code" in detail)).toEqual([]);
  });

  test("an answer that runs on in one does not show in another", async () => {
    const chat = openTab();
    await chat.send("/slow");
    await until(() => expect(shown(chat)[1]).toContain("One"));
    const slow = thread(chat).conversationId ?? "";
    chat.newConversation();
    await chat.send("Hello");
    await answered(chat);
    expect(shown(chat)).toEqual(["Hello", REPLY]);
    chat.openConversation(slow);
    await answered(chat);
    expect(shown(chat)).toEqual(["/slow", SLOW]);
  });

  test("that another tab deletes are left", async () => {
    const chat = openTab();
    await chat.send("Hello");
    await answered(chat);
    await until(() => expect(api.requests).toContainEqual(expect.stringMatching(/\/stream$/)));
    api.deleteConversation();
    await until(() => expect(thread(chat).phase).toBe("empty"));
  });

  test("that no longer exist are forgotten on the next visit", async () => {
    const first = openTab();
    await first.send("Hello");
    await answered(first);
    first.destroy(false);
    api.deleteConversation();
    const second = openTab();
    await until(() => {
      expect(second.store.get().phase).toBe("ready");
      expect(thread(second).phase).toBe("empty");
    });
  });
});

describe("the session", () => {
  test("is refused in words where the page may not show the agent", async () => {
    api.mischief.allowed = ["https://elsewhere.example"];
    const chat = openTab();
    await until(() => expect(chat.store.get().complaint?.kind).toBe("refused"));
    api.mischief.allowed = [""];
    chat.retrySession();
    await until(() => expect(chat.store.get().phase).toBe("ready"));
    expect(chat.store.get().complaint).toBeUndefined();
  });

  test("says that nothing was reached when nothing was", async () => {
    const chat = openTab([], "http://127.0.0.1:9/");
    await until(() => expect(chat.store.get().complaint?.kind).toBe("offline"));
  });

  test("of an identified visitor leaves no secret behind", async () => {
    const chat = openTab();
    await chat.send("Hello");
    await answered(chat);
    const before = page.storage.get("parley:agent-1") ?? "";
    chat.identify("ada");
    await until(() => expect(chat.store.get().phase).toBe("ready"));
    expect(shown(chat)).toEqual([]);
    await chat.send("/suggest");
    await answered(chat);
    const { secret } = JSON.parse(page.storage.get("parley:agent-1") ?? "{}");
    expect(secret).toBe(JSON.parse(before).secret);
  });

  test("is forgotten when the site says so", async () => {
    const chat = openTab();
    await chat.send("Hello");
    await answered(chat);
    chat.destroy(true);
    expect(page.storage.size).toBe(0);
  });
});

test("a failed answer can be asked for again", async () => {
  const chat = openTab();
  await chat.send("/fail");
  await answered(chat);
  const failed = thread(chat).entries.at(-1);
  expect(failed?.state).toBe("failed");
  chat.askAgain(failed?.key ?? "");
  await until(() => expect(thread(chat).entries.at(-1)?.versions).toHaveLength(2));
  expect(shown(chat)).toEqual(["/fail", "This begins well but"]);
});

describe("a branch", () => {
  const last = (chat: Chat) => thread(chat).entries.at(-1);
  const again = (number: number) => `You said: Hello (${number}). Is there anything else?`;

  async function answeredTwice(chat: Chat): Promise<void> {
    await chat.send("Hello");
    await answered(chat);
    chat.askAgain(last(chat)?.key ?? "");
    expect(shown(chat)).toEqual(["Hello"]);
    await until(() => expect(last(chat)?.versions).toHaveLength(2));
  }

  test("is begun by another answer, and left for the first one and what followed", async () => {
    const said: Said[] = [];
    const chat = openTab(said);
    await answeredTwice(chat);
    expect(shown(chat)).toEqual(["Hello", again(2)]);
    expect(said.filter((event) => "role" in event && event.role === "user")).toHaveLength(1);
    await chat.send("Bye");
    await answered(chat, 2);
    const first = thread(chat).entries[1]?.versions?.[0] ?? "";
    await chat.choose(first);
    expect(shown(chat)).toEqual(["Hello", REPLY]);
    await chat.choose(thread(chat).entries[1]?.versions?.[1] ?? "");
    expect(shown(chat)).toEqual(["Hello", again(2), "Bye", REPLY.replace("Hello", "Bye")]);
  });

  test("is begun by a message that is edited before its id is known", async () => {
    const chat = openTab();
    await chat.send("Hello");
    await answered(chat);
    await chat.send("Bye");
    await answered(chat, 2);
    const [question] = thread(chat).entries;
    expect(question?.id).toBeUndefined();
    await chat.edit(question?.key ?? "", "Good evening");
    await until(() => expect(thread(chat).entries[0]?.versions).toHaveLength(2));
    expect(shown(chat)).toEqual(["Good evening", REPLY.replace("Hello", "Good evening")]);
    expect(api.stored()).toHaveLength(6);
  });

  test("is seen by the visitor's other tabs", async () => {
    const mine = openTab();
    await answeredTwice(mine);
    const other = openTab();
    await until(() => expect(shown(other)).toEqual(["Hello", again(2)]));
    await mine.choose(last(mine)?.versions?.[0] ?? "");
    await until(() => expect(shown(other)).toEqual(["Hello", REPLY]));
    other.askAgain(last(other)?.key ?? "");
    await until(() => expect(shown(mine)).toEqual(["Hello", again(3)]));
    await until(() => expect(last(mine)?.versions).toHaveLength(3));
  });

  test("that is refused leaves what was there", async () => {
    const chat = openTab();
    await chat.send("Hello");
    await answered(chat);
    api.mischief.refuseTurn = { status: 402 };
    chat.askAgain(last(chat)?.key ?? "");
    await until(() => expect(last(chat)?.state).toBe("unsent"));
    chat.discard(last(chat)?.key ?? "");
    await until(() => expect(shown(chat)).toEqual(["Hello", REPLY]));
    api.mischief.refuseTurn = { status: 402 };
    chat.askAgain(last(chat)?.key ?? "");
    await until(() => expect(last(chat)?.state).toBe("unsent"));
    chat.resend(last(chat)?.key ?? "");
    await until(() => expect(shown(chat)).toEqual(["Hello", again(2)]));
  });

  test("far above is shown from where it begins", async () => {
    const chat = openTab();
    for (let count = 1; count <= 24; count++) {
      await chat.send("Hello");
      await answered(chat, count);
    }
    const [first] = thread(chat).entries;
    await chat.edit(first?.key ?? "", "Bye");
    await until(() => expect(thread(chat).entries[0]?.versions).toHaveLength(2));
    expect(thread(chat).entries).toHaveLength(2);
    await chat.choose(thread(chat).entries[0]?.versions?.[0] ?? "");
    expect(thread(chat).entries).toHaveLength(48);
    expect(shown(chat)[0]).toBe("Hello");
  }, 30_000);
});

test("a rating and its comment reach the server", async () => {
  const chat = openTab();
  await chat.send("Hello");
  await answered(chat);
  const id = thread(chat).entries.at(-1)?.id ?? "";
  expect(await chat.rate(id, "down", "Too short")).toBe(true);
  await until(() => {
    expect(api.stored().at(-1)?.feedback).toEqual({ rating: "down", comment: "Too short" });
  });
  expect(thread(chat).entries.at(-1)?.rating).toBe("down");
});
