import type { KeyboardEvent } from "react";

const FOCUSABLE =
  "a[href], button:not([disabled]), input:not([disabled]), textarea, [tabindex='0']";

/** Lets Tab go round inside a dialog that covers the page. */
export function keepFocusInside(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "Tab") return;
  const dialog = event.currentTarget;
  const stops = Array.from(dialog.querySelectorAll<HTMLElement>(FOCUSABLE));
  const first = stops.at(0);
  const last = stops.at(-1);
  const root = dialog.getRootNode();
  const active = root instanceof ShadowRoot ? root.activeElement : document.activeElement;
  const leaving = event.shiftKey ? active === first || active === dialog : active === last;
  if (!leaving) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}

/** Takes the focus to the messages before a button goes that has begun something there. */
export function focusMessages(from: Element | null): void {
  const root = from?.getRootNode() as ShadowRoot | undefined;
  root?.querySelector<HTMLElement>(".scroller")?.focus({ preventScroll: true });
}
