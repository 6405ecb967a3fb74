import { randomUUID } from "node:crypto";
import { expectAccessible } from "../../support/axe";
import { expect, test } from "../../support/test";
import { calculator, toolQuestion } from "../../support/tools";
import { Widget } from "../../support/widget";
import { storedMessages } from "../../support/workspace";

test.use({ agentConfig: { tools: [calculator] } });

const call = (expression: string) => ({ name: "calculate", arguments: { expression } });

test("a visitor sees which tool runs and what became of it, and nothing of what it is told", async ({
  customer,
  page,
}) => {
  const { workspace, pageUrl } = customer;
  const question = await toolQuestion(
    `What do three mugs cost? (${randomUUID()})`,
    [call("1999 * 3"), call("1 / 0")],
    "Not quite sixty pounds.",
  );
  const bodies: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/v1/")) bodies.push(response.text().catch(() => ""));
  });
  const widget = await Widget.openAt(page, pageUrl);
  await widget.ask(question);
  const rows = widget.dialog.locator(".call");
  const words = ["Calculator: done", "Calculator: did not work"];
  await expect(rows).toHaveText(words);
  expect(await widget.finishedAnswer()).toBe("Not quite sixty pounds.");
  await expectAccessible(page);

  await page.reload();
  await expect(rows).toHaveText(words);
  await expect(widget.answers).toHaveText("Not quite sixty pounds.");

  const [, stored] = await storedMessages(workspace);
  const made = stored?.parts.find((part) => part.type === "dynamic-tool");
  expect(made).toMatchObject({ input: { expression: "1999 * 3" }, output: { result: 5997 } });
  await page.goto("about:blank"); // ends the streams
  const received = (await Promise.all(bodies)).join("");
  expect(received).toContain("Not quite sixty");
  expect(received).toContain("Calculator");
  expect(received).not.toMatch(/1999 \* 3|5997/);
});
