import { useState } from "react";
import { wordsFor } from "../locales/components";
import { isRecord, type Part } from "../protocol";
import {
  type Component,
  componentOf,
  followable,
  isFromHere,
  type Link,
  type Picture,
} from "../state/components";
import { Ask } from "./Ask";
import { useStyles } from "./Calls";
import css from "./components.css?inline";
import { useUi } from "./context";
import { Confirmation, Form } from "./Form";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export function useWords() {
  return wordsFor(useUi().locale.tag);
}

/** What an answer shows beside its text, one below the other. */
export function Components({ parts }: { parts: Part[] }) {
  const list = useStyles<HTMLDivElement>(sheet);
  return (
    <div className="components" ref={list}>
      {parts.map((part) => (
        <Shown key={part.id ?? part.toolCallId} part={part} />
      ))}
    </div>
  );
}

function Shown({ part }: { part: Part }) {
  if (part.approval) return <Ask id={part.approval.id} />;
  if (part.type === "data-object") {
    return <Data value={isRecord(part.data) ? part.data.value : undefined} />;
  }
  const shown = componentOf(part);
  switch (shown?.component) {
    case "card":
      return <Card {...shown.props} />;
    case "list":
      return <List {...shown.props} />;
    case "link":
      return <Button link={shown.props} />;
    case "image":
      return <Figure picture={shown.props} />;
    case "form":
      return <Form part={part} {...shown.props} />;
    case "confirmation":
      return <Confirmation part={part} {...shown.props} />;
  }
  return null;
}

type Props<Name> = Extract<Component, { component: Name }>["props"];

function Card({ title, text, image, links = [] }: Props<"card">) {
  return (
    <article className="card" part="card">
      {image && <Figure picture={image} />}
      <h3 dir="auto">{title}</h3>
      {text && <p dir="auto">{text}</p>}
      {links.length > 0 && (
        <div className="card-links">
          {links.map((link) => (
            <Button key={link.label + link.url} link={link} />
          ))}
        </div>
      )}
    </article>
  );
}

function List({ title, items }: Props<"list">) {
  return (
    <section className="card" part="list">
      {title && <h3 dir="auto">{title}</h3>}
      <ul className="card-items">
        {items.map(({ title: name, text, url }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list is shown when it is whole
          <li key={index} dir="auto">
            <Anchor url={url}>{name}</Anchor>
            {text && <p>{text}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Button({ link }: { link: Link }) {
  return (
    <Anchor url={link.url} className="chip">
      {link.label}
    </Anchor>
  );
}

interface AnchorProps {
  url: string | undefined;
  className?: string;
  children: string;
}

function Anchor({ url, className, children }: AnchorProps) {
  const href = url && followable(url);
  if (!href) return <span className={className}>{children}</span>;
  const away = href.startsWith("https:") && { target: "_blank", rel: "noopener noreferrer" };
  return (
    <a href={href} className={className} dir="auto" {...away}>
      {children}
    </a>
  );
}

function Figure({ picture: { url, alt, caption } }: { picture: Picture }) {
  const t = useWords();
  const [wanted, setWanted] = useState(isFromHere(url, location.host));
  const [lost, setLost] = useState(false);
  if (!URL.canParse(url)) return null;
  return (
    <figure>
      {lost ? (
        <Anchor url={url}>{alt || url}</Anchor>
      ) : wanted ? (
        <img
          src={url}
          alt={alt}
          loading="lazy"
          referrerPolicy="no-referrer"
          onError={() => setLost(true)}
        />
      ) : (
        <button type="button" className="picture" onClick={() => setWanted(true)}>
          {alt && <span dir="auto">{alt}</span>}
          <span className="fine">{t.picture.replace("{host}", new URL(url).host)}</span>
        </button>
      )}
      {caption && <figcaption dir="auto">{caption}</figcaption>}
    </figure>
  );
}

/** A document of the tenant's own form, in plain words. */
function Data({ value }: { value: unknown }) {
  if (Array.isArray(value)) {
    return (
      <ul className="data">
        {value.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a document only grows at its end
          <li key={index}>
            <Data value={item} />
          </li>
        ))}
      </ul>
    );
  }
  if (!isRecord(value)) return <span dir="auto">{String(value ?? "–")}</span>;
  return (
    <dl className="data">
      {Object.entries(value)
        .filter(([name]) => name !== "response" && name !== "suggestions" && name !== "components")
        .map(([name, field]) => (
          <div key={name}>
            <dt dir="auto">{name.replace(/[_-]+|(?<=[a-z\d])(?=[A-Z])/g, " ")}</dt>
            <dd>
              <Data value={field} />
            </dd>
          </div>
        ))}
    </dl>
  );
}
