// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { htmlSnippet, policyFor, reactSnippet } from "@/features/agents/install/snippet";

const options = {
  publicUrl: "https://parley.example",
  agentId: "agent-1",
  publishableKey: "pk_1",
};

function parse(html: string): HTMLScriptElement {
  const script = new DOMParser().parseFromString(html, "text/html").querySelector("script");
  if (!script) throw new Error("no script in the snippet");
  return script;
}

describe("htmlSnippet", () => {
  it("is one async script tag with the agent and the key, and nothing else", () => {
    const script = parse(htmlSnippet(options));
    expect(script.getAttribute("src")).toBe("https://parley.example/widget.js");
    expect({ ...script.dataset }).toEqual({ agent: "agent-1", key: "pk_1" });
    expect(script.hasAttribute("async")).toBe(true);
    expect(script.hasAttribute("nonce")).toBe(false);
  });

  it("says what the page overrules", () => {
    const overrides = { color: "#112233", position: "bottom-left", theme: "dark", locale: "de" };
    const script = parse(htmlSnippet({ ...options, ...overrides, open: true }));
    expect({ ...script.dataset }).toMatchObject({ ...overrides, open: "true" });
  });

  it("survives anything typed into an option", () => {
    const locale = `"><script>alert(1)</script>&`;
    expect(parse(htmlSnippet({ ...options, locale })).dataset.locale).toBe(locale);
  });

  it("carries the nonce of a strict page", () => {
    expect(htmlSnippet(options, "abc")).toContain('nonce="abc"');
  });
});

it("writes the component with the props that were chosen", () => {
  const code = reactSnippet({ ...options, theme: "dark", locale: 'a"b', open: true });
  expect(code).toContain('apiUrl="https://parley.example"');
  expect(code).toContain('theme="dark"');
  expect(code).toContain("      defaultOpen");
  expect(code).toContain('locale={"a\\"b"}');
  expect(code).not.toContain("color");
});

it("allows the API's origin alone in the policy", () => {
  expect(policyFor("https://parley.example/base")).toContain("connect-src https://parley.example;");
});
