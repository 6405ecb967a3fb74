import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** This near to the end still counts as reading there. */
const NEAR_PX = 40;

export interface StickToEnd {
  scroller: RefObject<HTMLElement | null>;
  content: RefObject<HTMLDivElement | null>;
  atEnd: boolean;
  toEnd(): void;
}

/**
 * Keeps a growing list at its end for as long as the reader is there; whoever
 * scrolls away is left in peace, also when older content appears above. A new
 * `anchor` (another conversation, an own message) goes to the end again.
 */
export function useStickToEnd(anchor: string): StickToEnd {
  const scroller = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  const toEnd = useCallback(() => {
    const box = scroller.current;
    pinned.current = true;
    setAtEnd(true);
    if (box) box.scrollTop = box.scrollHeight;
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the anchor is what asks for the jump
  useLayoutEffect(toEnd, [anchor, toEnd]);

  useEffect(() => {
    const box = scroller.current;
    if (!box || !content.current) return;
    let last = box.scrollTop;
    const onScroll = () => {
      const near = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
      // Only going up lets go: by the time an event arrives, a fast answer may
      // have grown past the place that we scrolled to.
      if (near) pinned.current = true;
      else if (box.scrollTop < last - 1) pinned.current = false;
      last = box.scrollTop;
      setAtEnd(pinned.current);
    };
    const observer = new ResizeObserver(() => {
      if (pinned.current) box.scrollTop = box.scrollHeight;
      else onScroll();
    });
    observer.observe(content.current);
    observer.observe(box);
    box.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", onScroll);
    };
  }, []);

  return { scroller, content, atEnd, toEnd };
}
