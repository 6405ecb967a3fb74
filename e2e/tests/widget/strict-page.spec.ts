import { platform } from "../../platform/platform";
import { longAnswer, shortAnswer } from "../../support/model";
import { page as pageWith, snippet } from "../../support/site";
import { expect, test } from "../../support/test";
import { Widget } from "../../support/widget";

const NONCE = "bm9uY2U";
/** Notes every violation in the page itself; it stands before everything else. */
const WATCH = `<script nonce="${NONCE}">
  window.violations = [];
  addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(event.violatedDirective + " " + event.blockedURI + " " + event.sample);
  });
</script>`;

declare global {
  interface Window {
    violations: string[];
  }
}

/** The policy of a page that trusts nobody, with Parley let in as its documentation says. */
function policy(): Record<string, string> {
  const { apiUrl } = platform();
  const directives = [
    "default-src 'none'",
    `script-src 'nonce-${NONCE}' 'strict-dynamic'`,
    `connect-src ${apiUrl}`,
    `img-src ${apiUrl}`,
    "style-src 'none'",
    "require-trusted-types-for 'script'",
    "report-uri /reports",
  ];
  return { "content-security-policy": directives.join("; ") };
}

const MARKDOWN =
  "A **bold** glaze, a [link](https://example.com), `code`:\n\n```js\nfire(1240)\n```\n\n<b>html</b>";

test("the chat works on the strictest page without a single violation", async ({
  customer,
  page,
}) => {
  const { question, answer } = await longAnswer(30);
  const markdown = await shortAnswer(MARKDOWN);
  const html = pageWith(WATCH + snippet(customer.agent, { nonce: NONCE }));
  const widget = await Widget.openAt(page, customer.site.publish("/strict", html, policy()));
  await widget.ask(question);
  expect(await widget.finishedAnswer()).toBe(answer);
  await widget.ask(markdown.question);
  await expect(widget.answers.last().getByRole("link", { name: "link" })).toBeVisible();
  await expect(widget.answers.last()).toContainText("<b>html</b>");
  await widget.button("Conversations").click();
  await expect(widget.dialog.getByRole("listitem")).toHaveCount(1);

  // The panel has its looks although the page allows no styles.
  const radius = await widget.dialog.evaluate((panel) => getComputedStyle(panel).borderRadius);
  expect(radius).not.toBe("0px");
  expect(await page.evaluate(() => window.violations)).toEqual([]);
  expect(customer.site.reports).toEqual([]);
});

test("the strict page does report what breaks its policy", async ({ site, page, diary }) => {
  diary.expected.push(/Content Security Policy/, /TrustedHTML/);
  const breach = `<script nonce="${NONCE}">document.body.innerHTML += "<i style='color:red'>!</i>"</script>`;
  await page.goto(site.publish("/breach", pageWith(WATCH + breach), policy()));
  await expect.poll(() => page.evaluate(() => window.violations.length)).toBeGreaterThan(0);
  await expect.poll(() => site.reports.length).toBeGreaterThan(0);
});
