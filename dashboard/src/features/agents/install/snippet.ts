export interface SnippetOptions {
  /** Where Parley is reached from outside, without a slash at the end. */
  publicUrl: string;
  agentId: string;
  publishableKey: string;
  /** What the page overrules; an absent or empty option leaves it to the agent. */
  color?: string;
  position?: string;
  theme?: string;
  locale?: string;
  /** Opens the panel as soon as the page has loaded. */
  open?: boolean;
}

type Attribute = [name: string, value: string];

function attributesOf(options: SnippetOptions): Attribute[] {
  const all: Attribute[] = [
    ["agent", options.agentId],
    ["key", options.publishableKey],
    ["color", options.color ?? ""],
    ["position", options.position ?? ""],
    ["theme", options.theme ?? ""],
    ["locale", options.locale ?? ""],
    ["open", options.open ? "true" : ""],
  ];
  return all.filter(([, value]) => value !== "");
}

function escapeAttribute(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/** The tag that puts the widget on a page; with a nonce where a strict policy wants one. */
export function htmlSnippet(options: SnippetOptions, nonce?: string): string {
  const attributes: Attribute[] = [
    ...(nonce ? [["nonce", nonce] as Attribute] : []),
    ["src", `${options.publicUrl}/widget.js`],
    ...attributesOf(options).map(([name, value]): Attribute => [`data-${name}`, value]),
  ];
  const lines = attributes.map(([name, value]) => `  ${name}="${escapeAttribute(value)}"`);
  return ["<script", ...lines, "  async", "></script>"].join("\n");
}

/** The same as a React component, for pages that are built with React. */
export function reactSnippet(options: SnippetOptions): string {
  const { publicUrl, agentId, publishableKey, color, position, theme, locale, open } = options;
  const props = Object.entries({
    apiUrl: publicUrl,
    agent: agentId,
    publishableKey,
    color,
    position,
    theme,
    locale,
  });
  const lines = props
    .filter(([, value]) => value)
    .map(([name, value = ""]) => `      ${name}=${attributeOfJsx(value)}`);
  return [
    'import { Parley } from "@parley/react";',
    "",
    "export function Chat() {",
    "  return (",
    "    <Parley",
    ...lines,
    ...(open ? ["      defaultOpen"] : []),
    "    />",
    "  );",
    "}",
  ].join("\n");
}

/** JSX knows entities but no backslashes in a quoted attribute, so anything odd goes into braces. */
function attributeOfJsx(value: string): string {
  return /["\\&]/.test(value) ? `{${JSON.stringify(value)}}` : `"${value}"`;
}

/** The Content-Security-Policy directives that the widget needs besides the page's own. */
export function policyFor(publicUrl: string): string {
  const { origin } = new URL(publicUrl);
  return [
    "script-src 'nonce-…' 'strict-dynamic';",
    `connect-src ${origin};`,
    `img-src ${origin};`,
  ].join("\n");
}
