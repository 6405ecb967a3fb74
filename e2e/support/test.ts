import { test as base, type ConsoleMessage, type Page, type TestInfo } from "@playwright/test";
import { page as pageWith, Site, snippet } from "./site";
import {
  type Agent,
  type AgentConfig,
  createWorkspace,
  publishAgent,
  type Workspace,
} from "./workspace";

export { expect } from "@playwright/test";

/** What pages say while a test runs. */
export class Diary {
  readonly lines: string[] = [];
  readonly complaints: string[] = [];
  /** Complaints of browsers that a test provokes. */
  readonly expected: RegExp[] = [];

  follow(page: Page): void {
    page.on("console", (message) => this.#note(message));
    page.on("pageerror", (error) => this.#complain(`uncaught: ${error.stack ?? error.message}`));
    page.on("crash", () => this.#complain("the page crashed"));
  }

  get surprises(): string[] {
    return this.complaints.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
  }

  #note(message: ConsoleMessage): void {
    const line = `${message.type()}: ${message.text()} (${message.location().url})`;
    if (message.type() === "error") this.#complain(line);
    else this.lines.push(line);
  }

  #complain(line: string): void {
    this.lines.push(line);
    this.complaints.push(line);
  }
}

/** A customer of the platform: a workspace, a site, and an agent that the site may show. */
export interface Customer {
  workspace: Workspace;
  site: Site;
  agent: Agent;
  /** A page of the site with the snippet. */
  pageUrl: string;
}

interface Fixtures {
  /** What the customer's agent is beyond its instructions. */
  agentConfig: AgentConfig;
  /** Whether the workspace's owner runs the platform as well. */
  operator: boolean;
  diary: Diary;
  site: Site;
  workspace: Workspace;
  customer: Customer;
}

export const test = base.extend<Fixtures>({
  agentConfig: [{}, { option: true }],
  operator: [false, { option: true }],
  diary: [
    async ({ context }, use, info) => {
      const diary = new Diary();
      context.on("page", (page) => diary.follow(page));
      await use(diary);
      await closeDiary(diary, info);
    },
    { auto: true },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture needs
  site: async ({}, use) => {
    const site = await Site.start();
    await use(site);
    await site.stop();
  },
  workspace: async ({ operator }, use) => use(await createWorkspace({ operator })),
  customer: async ({ workspace, site, agentConfig }, use) => {
    const agent = await publishAgent(workspace, [site.origin], agentConfig);
    const pageUrl = site.publish("/", pageWith(snippet(agent)));
    await use({ workspace, site, agent, pageUrl });
  },
});

/** Shows what the pages said where a test has failed; unexpected complaints are a failure too. */
async function closeDiary(diary: Diary, info: TestInfo): Promise<void> {
  const failed = info.status !== info.expectedStatus;
  if ((failed || diary.surprises.length > 0) && diary.lines.length > 0) {
    const log = diary.lines.slice(-60).join("\n");
    await info.attach("console", { body: log, contentType: "text/plain" });
    process.stderr.write(`\nConsole of “${info.title}”:\n${log}\n`);
  }
  if (!failed && diary.surprises.length > 0) {
    throw new Error(`The pages complained:\n${diary.surprises.join("\n")}`);
  }
}
