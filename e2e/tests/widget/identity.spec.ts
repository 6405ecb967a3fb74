import { createHmac } from "node:crypto";
import { shortAnswer } from "../../support/model";
import { page as pageWith, snippet } from "../../support/site";
import { type Customer, expect, test } from "../../support/test";
import { Widget } from "../../support/widget";
import { bodyOf } from "../../support/workspace";

/** A token as the customer's own server signs it for somebody who has signed in there. */
function signed(secret: string, claims: Record<string, unknown>): string {
  const coded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 600;
  const text = `${coded({ alg: "HS256", typ: "JWT" })}.${coded({ ...claims, exp })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** Puts a page onto the site that says who looks at it, before the chat has loaded. */
async function pageFor(customer: Customer, person: { sub: string; name: string }): Promise<string> {
  const { workspace, site, agent } = customer;
  const { secret } = bodyOf(await workspace.api.POST("/v1/settings/identity-secret"));
  const identify = `<script>
    window.Parley ||= (...call) => (window.Parley.q ||= []).push(call);
    Parley("identify", { jwt: "${signed(secret, person)}" });
  </script>`;
  return site.publish("/account", pageWith(identify + snippet(agent)));
}

test("a person whom the site knows finds their conversations in another browser", async ({
  customer,
  page,
  browser,
}) => {
  const url = await pageFor(customer, { sub: "customer-7", name: "Ada Potter" });
  const { question, answer } = await shortAnswer("Your bowl was fired on Monday.");
  const widget = await Widget.openAt(page, url);
  await widget.ask(question);
  await widget.finishedAnswer();

  const elsewhere = await browser.newContext();
  const other = await Widget.openAt(await elsewhere.newPage(), url);
  await other.button("Conversations").click();
  await other.dialog.getByRole("listitem").getByRole("button").click();
  await expect(other.answers).toHaveText(answer);
  await elsewhere.close();

  const { items } = bodyOf(await customer.workspace.api.GET("/v1/admin/conversations"));
  expect(items.map(({ visitor }) => visitor?.name)).toEqual(["Ada Potter"]);
});

test("whoever signs out leaves no conversation behind in the browser", async ({
  customer,
  page,
}) => {
  const url = await pageFor(customer, { sub: "customer-8", name: "Grace Potter" });
  const { question } = await shortAnswer("Until Friday.");
  const widget = await Widget.openAt(page, url);
  await widget.ask(question);
  await widget.finishedAnswer();
  await page.evaluate("Parley('shutdown')");
  await expect(widget.dialog).toHaveCount(0);

  const anonymous = await Widget.openAt(page, customer.pageUrl);
  await expect(anonymous.questions).toHaveCount(0);
  await anonymous.button("Conversations").click();
  await expect(anonymous.dialog.getByText("No conversations yet")).toBeVisible();
});
