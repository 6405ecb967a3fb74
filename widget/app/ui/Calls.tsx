import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { wordsFor } from "../locales/calls";
import type { Part } from "../protocol";
import { type CallState, nameOf, stateOf } from "../state/calls";
import type * as Module from "./Components";
import css from "./calls.css?inline";
import { useUi } from "./context";

/** The outlines of how a call stands, drawn in a box of 24 by 24. */
const shapes: Record<Exclude<CallState, "running">, string> = {
  asked: "M12 7.5V12l3 1.8M12 3.8a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 0 0 0-16.4Z",
  done: "M5 12.5l4.5 4.5L19 7.5",
  failed: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  denied: "M12 3.8a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 0 0 0-16.4ZM6.3 6.3l11.4 11.4",
  undone: "M6 12h12",
  unknown: "M8.6 9.2a3.5 3.5 0 1 1 5.2 3c-1.1.7-1.8 1.3-1.8 2.6M12 18.6v.1",
};

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

interface CallsProps {
  /** Calls that nothing stands between. */
  parts: Part[];
}

/** Has the panel wear a sheet that came later. */
export function useStyles<E extends HTMLElement>(sheet: CSSStyleSheet): RefObject<E | null> {
  const element = useRef<E>(null);
  useLayoutEffect(() => {
    const root = element.current?.getRootNode();
    if (!(root instanceof ShadowRoot) || root.adoptedStyleSheets.includes(sheet)) return;
    root.adoptedStyleSheets.push(sheet);
  }, [sheet]);
  return element;
}

/** What an answer shows beside its text is fetched when the first of it is seen. */
function Components({ parts }: CallsProps) {
  const [components, setComponents] = useState<typeof Module>();
  useLayoutEffect(() => {
    import("./Components").then(setComponents, () => {});
  }, []);
  return components ? <components.Components parts={parts} /> : null;
}

/** What the assistant has looked up or had done, a line for each call; or what it shows. */
export function Calls({ parts }: CallsProps) {
  return parts[0]?.toolCallId ? <Lines parts={parts} /> : <Components parts={parts} />;
}

function Lines({ parts }: CallsProps) {
  const list = useStyles<HTMLUListElement>(sheet);
  return (
    <ul className="calls" ref={list}>
      {parts.map((part) => (
        <Call key={part.toolCallId} part={part} />
      ))}
    </ul>
  );
}

function Call({ part }: { part: Part }) {
  const { chat, locale } = useUi();
  const t = wordsFor(locale.tag);
  useEffect(() => {
    if (part.providerExecuted === false)
      import("../page/call").then(
        (m) => m.attend(chat, part),
        () => {},
      );
  }, [chat, part]);
  const state = stateOf(part);
  const isPlain = state === "running" || state === "done"; // the icon says it
  return (
    <li className="call" data-state={state}>
      {state === "running" ? (
        <span className="spinner" aria-hidden="true" />
      ) : (
        <svg viewBox="0 0 24 24" aria-hidden="true" className="icon">
          <path d={shapes[state]} />
        </svg>
      )}
      <span className="call-text">
        <bdi>{nameOf(part)}</bdi>
        <span className={isPlain ? "sr" : "call-end"}>
          <span className="sr">: </span>
          {t[state]}
        </span>
        {part.percent && <span className="call-end">{part.percent} %</span>}
        {state === "asked" && part.approval && <Components parts={[part]} />}
      </span>
    </li>
  );
}

/** The same for a screen reader: each line is new when something has happened. */
export function CallNews({ parts }: CallsProps) {
  const t = wordsFor(useUi().locale.tag);
  return parts.flatMap((part) => {
    const lines = new Set([t.running, t[stateOf(part)]]);
    return [...lines].map((line) => (
      <p key={part.toolCallId + line}>
        {nameOf(part)}: {line}
      </p>
    ));
  });
}
