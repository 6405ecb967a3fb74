import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { expectAccessible } from "../../support/axe";
import { shortAnswer } from "../../support/model";
import { page as pageWith, snippet } from "../../support/site";
import { type Customer, expect, test } from "../../support/test";
import { cart, toolQuestion } from "../../support/tools";
import { Widget } from "../../support/widget";
import { storedMessages } from "../../support/workspace";

test.use({ agentConfig: { tools: [cart] } });

const queue =
  "window.Parley = window.Parley || function () { (Parley.q = Parley.q || []).push(arguments) };";

/** A page that does for the agent what the script says. */
function shop(customer: Customer, script: string): string {
  const html = pageWith(`<script>${queue}${script}</script>${snippet(customer.agent)}`);
  return customer.site.publish(`/shop-${randomUUID()}`, html);
}

/** Counts in the browser's storage, which all tabs share, how often something was put into the cart. */
const counts = `
  Parley("tool", "add_to_cart", async (input, { toolCallId, signal }) => {
    const cart = JSON.parse(localStorage.getItem("cart") || "[]");
    localStorage.setItem("cart", JSON.stringify([...cart, input.id]));
    return { items: cart.length + 1, named: typeof toolCallId, waited: !signal.aborted };
  });`;

const inCart = (page: Page) => page.evaluate(() => localStorage.getItem("cart"));

const asksForMug = (answer: string) =>
  toolQuestion(
    `I take the mug. (${randomUUID()})`,
    [{ name: "add_to_cart", arguments: { id: "mug" } }],
    answer,
  );

test("the page does what the agent asks for, once in two tabs", async ({
  customer,
  page,
  context,
}) => {
  const url = shop(customer, counts);
  const question = await asksForMug("The mug is in your cart.");
  const hello = await shortAnswer("Hello.");
  const widget = await Widget.openAt(page, url);
  await widget.ask(hello.question);
  await widget.finishedAnswer(); // the conversation is there, so the other tab opens it
  const other = await Widget.openAt(await context.newPage(), url);
  await widget.ask(question);
  expect(await widget.finishedAnswer()).toBe("The mug is in your cart.");
  await expect(widget.dialog.locator(".call")).toHaveText("Add to the cart: done");
  await expectAccessible(page);
  await expect(other.answers.last()).toHaveText("The mug is in your cart.");
  expect(await inCart(page)).toBe('["mug"]');

  const stored = (await storedMessages(customer.workspace)).at(-1);
  const made = stored?.parts.find((part) => part.type === "dynamic-tool");
  expect(made).toMatchObject({
    input: { id: "mug" },
    output: { items: 1, named: "string", waited: true },
  });
  await page.reload();
  await expect(widget.answers.last()).toHaveText("The mug is in your cart.");
  expect(await inCart(page), "what was done is not done again").toBe('["mug"]');
});

test("a page that was loaded again takes the call that waits for it", async ({
  customer,
  page,
}) => {
  const question = await asksForMug("It is in there now.");
  // The page promises the tool, and goes away before it takes the call.
  const url = shop(
    customer,
    `if (sessionStorage.getItem("again")) { ${counts} } else Parley("tool", "add_to_cart", () => {});`,
  );
  const claims = "**/tool-calls/*/claim";
  let gone = false; // until then no claim arrives: as if the page had died before
  await page.route(claims, (route) => (gone ? route.continue() : undefined));
  const widget = await Widget.openAt(page, url);
  const offered = page.waitForRequest(claims);
  await widget.ask(question);
  await offered;
  await page.evaluate(() => sessionStorage.setItem("again", "1"));
  gone = true;
  await page.reload();
  expect(await widget.finishedAnswer()).toBe("It is in there now.");
  expect(await inCart(page)).toBe('["mug"]');
});

test("what a page cannot do the agent is told, and not left waiting", async ({
  customer,
  page,
}) => {
  const question = await asksForMug("I am sorry.");
  const throws = `Parley("tool", "add_to_cart", () => { throw new Error("Sold out."); });`;
  const widget = await Widget.openAt(page, shop(customer, throws));
  await widget.ask(question);
  expect(await widget.finishedAnswer()).toBe("I am sorry.");
  await expect(widget.dialog.locator(".call")).toHaveText("Add to the cart: did not work");
  const [, stored] = await storedMessages(customer.workspace);
  const made = stored?.parts.find((part) => part.type === "dynamic-tool");
  expect(made).toMatchObject({
    errorText: "The visitor's page says that it did not work: Sold out.",
  });
});

test("a page without the function says so, and the agent goes on", async ({ customer, page }) => {
  const question = await asksForMug("I am sorry.");
  const widget = await Widget.openAt(page, shop(customer, ""));
  // Another part of the site had the tool: it is promised, and is not there.
  await page.route("**/turns", (route) => {
    const body = route.request().postDataJSON() as object;
    return route.continue({ postData: JSON.stringify({ ...body, clientTools: ["add_to_cart"] }) });
  });
  await widget.ask(question);
  expect(await widget.finishedAnswer()).toBe("I am sorry.");
  const [, stored] = await storedMessages(customer.workspace);
  const made = stored?.parts.find((part) => part.type === "dynamic-tool");
  expect(made?.errorText).toContain("This page offers no such tool.");
});

test("an agent is not offered what the page cannot do", async ({ customer, page }) => {
  const question = await asksForMug("There is no cart here.");
  const widget = await Widget.openAt(page, shop(customer, ""));
  await widget.ask(question);
  expect(await widget.finishedAnswer()).toBe("There is no cart here.");
  await expect(widget.dialog.locator(".call")).toHaveText("Add to the cart: did not work");
});
