import type { MarkedToken, Tokens } from "marked";
import { memo, type ReactNode } from "react";
import { CodeBlock } from "../ui/CodeBlock";
import { childrenOf, decode, parse, safeUrl } from "./parse";

/**
 * A message's Markdown as elements. Nothing in it ever becomes markup: raw HTML
 * is shown as the text it is, pictures as links (loading one would tell its
 * server who reads), and only harmless addresses can be followed.
 */
export function Markdown({ text, open }: { text: string; open: boolean }) {
  const blocks = parse(text, open).filter((token) => token.type !== "space");
  return (
    <div className="md">
      {blocks.map((token, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an answer only grows at its end
        <Block key={index} token={token} />
      ))}
    </div>
  );
}

/** Finished blocks are left alone while the last one grows. */
const Block = memo(
  ({ token }: { token: MarkedToken }) => <>{render(token)}</>,
  (before, after) => before.token.raw === after.token.raw,
);

function renderAll(tokens: MarkedToken[]): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: an answer only grows at its end
  return tokens.map((token, index) => <Node key={index} token={token} />);
}

function Node({ token }: { token: MarkedToken }) {
  return <>{render(token)}</>;
}

function render(token: MarkedToken): ReactNode {
  switch (token.type) {
    case "paragraph":
      return <p>{renderAll(childrenOf(token))}</p>;
    case "heading":
      return <Heading token={token} />;
    case "list":
      return <List token={token} />;
    case "table":
      return <Table token={token} />;
    case "code":
      return <CodeBlock code={token.text} language={token.lang ?? ""} />;
    case "blockquote":
      return <blockquote>{renderAll(childrenOf(token))}</blockquote>;
    case "hr":
      return <hr />;
    default:
      return renderInline(token);
  }
}

function renderInline(token: MarkedToken): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{renderAll(childrenOf(token))}</strong>;
    case "em":
      return <em>{renderAll(childrenOf(token))}</em>;
    case "del":
      return <del>{renderAll(childrenOf(token))}</del>;
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "link":
    case "image":
      return <Link token={token} />;
    case "text":
      return token.tokens?.length ? renderAll(childrenOf(token)) : decode(token.text);
    case "escape":
      return token.text;
    case "html":
      return /^<br\s*\/?>\s*$/i.test(token.text) ? <br /> : token.text;
    case "checkbox":
      return <input type="checkbox" checked={token.checked} disabled={true} readOnly={true} />;
    default:
      return null;
  }
}

/**
 * All of one level, below the panel's own title: models begin at any level they
 * like, and an outline with holes would lead astray whoever reads by headings.
 */
function Heading({ token }: { token: Tokens.Heading }) {
  return <h3 className={`h${Math.min(token.depth, 3)}`}>{renderAll(childrenOf(token))}</h3>;
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: an answer only grows at its end
    <li key={index} className={item.task ? "task" : undefined}>
      {renderAll(childrenOf(item))}
    </li>
  ));
  return token.ordered ? <ol start={token.start || 1}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ token }: { token: Tokens.Table }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled by keyboard too
    <div className="table" tabIndex={0}>
      <table>
        <thead>
          <tr>{token.header.map((cell, index) => cellOf(cell, index, "th"))}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an answer only grows at its end
            <tr key={index}>{row.map((cell, at) => cellOf(cell, at, "td"))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellOf(cell: Tokens.TableCell, index: number, Tag: "th" | "td"): ReactNode {
  return (
    <Tag key={index} className={cell.align ?? undefined}>
      {renderAll(childrenOf(cell))}
    </Tag>
  );
}

function Link({ token }: { token: Tokens.Link | Tokens.Image }) {
  const isAutolink = token.type === "link" && token.autolink;
  const url = safeUrl(isAutolink ? token.href : decode(token.href), document.baseURI);
  const content = token.type === "image" ? token.text || token.href : renderAll(childrenOf(token));
  if (!url) return <>{content}</>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow ugc">
      {content}
    </a>
  );
}
