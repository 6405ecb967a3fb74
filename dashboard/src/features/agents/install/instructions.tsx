import { Tabs } from "radix-ui";
import type { ReactNode } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import {
  htmlSnippet,
  policyFor,
  reactSnippet,
  type SnippetOptions,
} from "@/features/agents/install/snippet";

interface InstructionsProps {
  options: SnippetOptions;
  /** False while a part of the snippet is missing: then there is nothing worth copying. */
  usable: boolean;
}

/** The snippet in the shape that the page needs. */
export function Instructions({ options, usable }: InstructionsProps) {
  return (
    <Tabs.Root defaultValue="html" className="flex flex-col gap-4">
      <Tabs.List
        aria-label="Kind of page"
        className="flex gap-1 self-start rounded-control bg-sunken p-1"
      >
        <Kind value="html">HTML</Kind>
        <Kind value="react">React</Kind>
        <Kind value="csp">Strict CSP</Kind>
      </Tabs.List>
      <Tabs.Content value="html" className="flex flex-col gap-3">
        <CodeBlock label="snippet" code={htmlSnippet(options)} copyable={usable} />
      </Tabs.Content>
      <Tabs.Content value="react" className="flex flex-col gap-3">
        <p className="text-muted">
          The component is made in <code className="font-mono">widget/react</code> of Parley’s
          source: <code className="font-mono">npm pack -w @parley/react</code> gives a package to
          install.
        </p>
        <CodeBlock label="component" code={reactSnippet(options)} copyable={usable} />
      </Tabs.Content>
      <Tabs.Content value="csp" className="flex flex-col gap-3">
        <p className="text-muted">
          For pages that send a Content-Security-Policy with nonces: give the tag the nonce of the
          response,
        </p>
        <CodeBlock label="snippet" code={htmlSnippet(options, "…")} copyable={usable} />
        <p className="text-muted">
          and allow Parley in the policy. Styles need nothing: the widget brings none inline.
        </p>
        <CodeBlock label="policy" code={policyFor(options.publicUrl)} copyable />
      </Tabs.Content>
    </Tabs.Root>
  );
}

function Kind({ value, children }: { value: string; children: ReactNode }) {
  return (
    <Tabs.Trigger
      value={value}
      className="rounded-md px-3 py-1 font-medium text-muted transition-colors hover:text-ink data-[state=active]:bg-surface data-[state=active]:text-ink data-[state=active]:shadow-lift"
    >
      {children}
    </Tabs.Trigger>
  );
}
