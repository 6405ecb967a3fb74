import type { ComponentProps } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";

function OutsideLink({ href, children }: ComponentProps<"a">) {
  return (
    <a href={href} target="_blank" rel="noreferrer nofollow ugc">
      {children}
    </a>
  );
}

/** A picture of another origin would tell its server who reads; its address does not. */
function PictureAsLink({ src, alt }: ComponentProps<"img">) {
  const address = typeof src === "string" ? src : "";
  return <OutsideLink href={address}>{alt || address}</OutsideLink>;
}

function Code({ children }: ComponentProps<"pre">) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
  return <pre tabIndex={0}>{children}</pre>;
}

const components: Components = { a: OutsideLink, img: PictureAsLink, pre: Code };
const plugins = [remarkGfm];

/** What a model wrote: Markdown, without any HTML of its own. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={plugins} components={components} skipHtml>
        {text}
      </ReactMarkdown>
    </div>
  );
}
