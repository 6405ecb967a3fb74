import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { releaseJsx } from "../vite.config";
import { visit } from "./browser";
import { pageWith } from "./fake/site";
import { setStage } from "./stage";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const stage = setStage();
const source = fileURLToPath(new URL("../react", import.meta.url));
let project: string;

const APP = `
import { StrictMode, useState, version } from "react";
import { createRoot } from "react-dom/client";
import { Parley, useParley } from "@parley/react";
import type { ParleyProps } from "@parley/react";

function Help() {
  const { isOpen, toggle, send, forget } = useParley();
  return (
    <nav>
      <button onClick={toggle}>{isOpen ? "Hide help" : "Show help"}</button>
      <button onClick={() => send("Hello")}>Say hello</button>
      <button onClick={forget}>Sign out</button>
    </nav>
  );
}

function App({ apiUrl }: { apiUrl: string }) {
  const [log, setLog] = useState<string[]>([]);
  const [shown, setShown] = useState(true);
  const onMessage: ParleyProps["onMessage"] = ({ role, text }) =>
    setLog((before) => [...before, role + ": " + text]);
  return (
    <>
      <output>{version} {log.join(" | ")}</output>
      <Help />
      <button onClick={() => setShown(!shown)}>Turn</button>
      {shown && <Parley apiUrl={apiUrl} agent="agent-1" publishableKey="pk_test" onMessage={onMessage} />}
    </>
  );
}

const root = document.getElementById("root");
if (root) createRoot(root).render(<StrictMode><App apiUrl={root.dataset.api ?? ""} /></StrictMode>);
`;

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    jsx: "react-jsx",
    module: "ESNext",
    moduleResolution: "bundler",
    target: "ES2022",
    lib: ["ES2022", "DOM"],
    types: [],
  },
  files: ["app.tsx"],
};

/** A project as a customer has it: our packed package beside React, and nothing else of ours. */
async function makeProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "parley-react-"));
  const ours = join(folder, "node_modules/@parley/react");
  await mkdir(ours, { recursive: true });
  // The build writes before npm does, on CI in colours, which begin with a bracket too.
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: source,
  });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as [{ filename: string }];
  await run("tar", ["xzf", join(folder, filename), "-C", ours, "--strip-components=1"]);
  for (const name of ["react", "react-dom", "@types/react", "@types/react-dom"]) {
    await mkdir(dirname(join(folder, "node_modules", name)), { recursive: true });
    const installed = dirname(require.resolve(`${name}/package.json`));
    await symlink(installed, join(folder, "node_modules", name));
  }
  await writeFile(join(folder, "app.tsx"), APP);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
  return folder;
}

beforeAll(async () => {
  project = await makeProject();
  await build({
    configFile: false,
    root: project,
    logLevel: "error",
    oxc: releaseJsx,
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      modulePreload: false,
      rolldownOptions: {
        input: join(project, "app.tsx"),
        output: { entryFileNames: "app.js", codeSplitting: false },
      },
    },
  });
}, 120_000);

afterAll(() => rm(project, { recursive: true, force: true }));

test("the packed package type-checks in a project of its own", async () => {
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  await run(process.execPath, [tsc, "-p", project]);
});

test("a React 19 page shows the chat and drives it", async () => {
  const { api, site, context } = stage;
  const html = pageWith(
    `<div id="root" data-api="${api.url}"></div><script type="module" src="/app.js"></script>`,
  );
  site.pages.set("/", { html });
  site.pages.set("/app.js", { html: await readFile(join(project, "dist/app.js"), "utf8") });
  const widget = await visit(context, site.origin);
  const { page } = widget;
  await page.getByRole("button", { name: "Show help" }).click();
  await widget.page.getByText("I'm Juniper").waitFor();
  expect(await page.locator("parley-widget").count()).toBe(1);
  await page.getByRole("button", { name: "Hide help" }).click();
  await widget.dialog.waitFor({ state: "hidden" });

  await page.getByRole("button", { name: "Say hello" }).click();
  await widget.finished();
  const output = () => page.locator("output").textContent();
  expect(await output()).toMatch(/^19\./);
  await expect
    .poll(output)
    .toContain("user: Hello | assistant: You said: Hello. Is there anything else?");

  await page.getByRole("button", { name: "Turn" }).click();
  await page.locator("parley-widget").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Turn" }).click();
  await widget.answers.getByText("You said: Hello.").waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Show help" }).click();
  await widget.page.getByText("I'm Juniper").waitFor();
  expect(await widget.questions.count()).toBe(0);
});
