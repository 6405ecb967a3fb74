import { announce, type Part, pidOf } from "../../platform/platform";
import { start } from "../../platform/start";
import { longAnswer } from "../../support/model";
import { test as base, expect } from "../../support/test";
import { expectGrowth, Widget } from "../../support/widget";
import { storedMessages, textOf } from "../../support/workspace";

/** These tests kill what the others stand on, so they have a platform of their own. */
const test = base.extend<object, { ownPlatform: undefined }>({
  ownPlatform: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture needs
    async ({}, use) => {
      const { platform, stop } = await start("crash");
      announce(platform);
      await use(undefined);
      await stop();
    },
    { scope: "worker", auto: true, timeout: 240_000 },
  ],
});

test.describe.configure({ mode: "serial" });

const parts: Part[] = ["serve", "temporal", "postgres"];
for (const part of parts) {
  test(`an answer survives that ${part} is killed in the middle of it`, async ({
    customer,
    page,
    diary,
  }) => {
    test.setTimeout(240_000);
    diary.expected.push(/Failed to load resource|ERR_/);
    const { question, answer } = await longAnswer(160);
    const widget = await Widget.openAt(page, customer.pageUrl);
    await widget.ask(question);
    await widget.midAnswer();
    const killed = await pidOf(part);
    process.kill(killed, "SIGKILL");

    await expect(widget.answers).toHaveText(answer, { timeout: 120_000 });
    await expect(widget.button("Stop answer")).toBeHidden({ timeout: 120_000 });
    expectGrowth(await widget.answerTexts(), answer);
    await expect.poll(() => pidOf(part), "a new process has its place").not.toBe(killed);
    const stored = await storedMessages(customer.workspace);
    expect(stored.map(textOf)).toEqual([question, answer]);
  });
}
