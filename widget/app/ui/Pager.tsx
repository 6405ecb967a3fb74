import { useEffect, useRef } from "react";
import { fill } from "../locales";
import type { Entry } from "../state/thread";
import { useStrings, useUi } from "./context";
import { Icon } from "./icons";

/** Leads through what was said in one place; absent where there is no choice. */
export function Pager({ entry: { id = "", versions = [] } }: { entry: Entry }) {
  const t = useStrings();
  const ui = useUi();
  const group = useRef<HTMLDivElement>(null);
  const at = versions.indexOf(id);

  // The version that was chosen is another message: its pager takes the focus over.
  useEffect(() => {
    if (ui.chosen?.id !== id) return;
    group.current?.querySelectorAll("button")[ui.chosen.button]?.focus();
    ui.chosen = undefined;
  });
  if (at < 0) return null;
  const turn = (button: number, label: string) => {
    const to = versions[at + button * 2 - 1];
    const choose = () => {
      if (!to) return;
      ui.chosen = { id: to, button };
      void ui.chat.choose(to);
    };
    return (
      <button
        type="button"
        className={button ? "ghost flips next" : "ghost flips"}
        aria-label={label}
        title={label}
        aria-disabled={!to}
        onClick={choose}
      >
        <Icon name="back" />
      </button>
    );
  };
  const place = { number: at + 1, count: versions.length };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div className="pager" role="group" aria-label={fill(t.version, place)} ref={group}>
      {turn(0, t.earlierVersion)}
      <span aria-hidden="true">
        {place.number}/{place.count}
      </span>
      {turn(1, t.laterVersion)}
    </div>
  );
}
