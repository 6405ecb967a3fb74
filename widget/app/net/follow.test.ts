import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TestPage } from "../testing/page";
import { backoffMs } from "./backoff";
import { type FollowPlan, follow } from "./follow";
import { Problem } from "./problem";

beforeEach(() => {
  new TestPage();
});
afterEach(() => vi.unstubAllGlobals());

const encoder = new TextEncoder();

/** A response whose body gives these texts, and then hangs or ends. */
function body(texts: string[], ends = true): Response {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const text of texts) controller.enqueue(encoder.encode(text));
      if (ends) controller.close();
    },
  });
  return new Response(stream);
}

function planOf(connect: FollowPlan["connect"], got: string[]): FollowPlan {
  return {
    connect,
    frames: (frames) => {
      got.push(...frames.map((frame) => frame.data));
      return got.includes("end");
    },
    link: () => {},
  };
}

test("a connection that ends without a word is opened again", async () => {
  const responses = [body(["data: a\n\n"]), body([]), body(["data: b\n\ndata: end\n\n"])];
  const got: string[] = [];
  await follow(
    planOf(async () => responses.shift() ?? body([]), got),
    new AbortController().signal,
  );
  expect(got).toEqual(["a", "b", "end"]);
});

test("a server that stops is not worth a word, one that is gone is", async () => {
  const link = vi.fn();
  const responses = [body(["data: a\n\n"]), body(["data: b\n\n"]), body([])];
  const got: string[] = [];
  const plan = planOf(async () => responses.shift() ?? body(["data: end\n\n"]), got);
  await follow({ ...plan, link }, new AbortController().signal);
  expect(got).toEqual(["a", "b", "end"]);
  expect(link.mock.calls.flat()).toEqual([true, true, true, false, true]);
});

test("a silent connection is given up and opened again", async () => {
  const responses = [body(["data: a\n\n", ": ping\n\n"], false), body(["data: end\n\n"])];
  const got: string[] = [];
  const plan = planOf(async () => responses.shift() ?? body([]), got);
  await follow({ ...plan, silenceMs: 50 }, new AbortController().signal);
  expect(got).toEqual(["a", "end"]);
});

test("a refusal that no repetition can change ends it", async () => {
  const connect = vi.fn(async () => {
    throw new Problem("gone", 404);
  });
  await expect(follow(planOf(connect, []), new AbortController().signal)).rejects.toMatchObject({
    kind: "gone",
  });
  expect(connect).toHaveBeenCalledTimes(1);
});

test("a limit is waited for", async () => {
  const answers = [() => Promise.reject(new Problem("rate-limited", 429, "", 0.05))];
  const got: string[] = [];
  const connect = () => (answers.shift() ?? (async () => body(["data: end\n\n"])))();
  await follow(planOf(connect, got), new AbortController().signal);
  expect(got).toEqual(["end"]);
});

test("whoever stops listening hears nothing more", async () => {
  const line = new AbortController();
  const got: string[] = [];
  const plan = planOf(async () => body(["data: a\n\n"], false), got);
  const following = follow(plan, line.signal);
  await vi.waitFor(() => expect(got).toEqual(["a"]));
  line.abort();
  await following;
});

test("each wait is longer than the one before, up to a ceiling, and never the same for all", () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 60].map((attempt) => backoffMs(attempt, () => 1));
  expect(longest).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
  expect(backoffMs(3, () => 0)).toBe(1000);
});
