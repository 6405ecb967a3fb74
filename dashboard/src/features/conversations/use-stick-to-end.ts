import { useCallback, useEffect, useRef, useState } from "react";

const nearly = 80; // px from the end that still count as the end

/**
 * Keeps a scrolling box at its end while it grows, unless the reader has scrolled away. What grows
 * above the reader (earlier messages) does not move what they read.
 */
export function useStickToEnd() {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const [away, setAway] = useState(false);
  const jump = useCallback(() => {
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
  }, []);
  useEffect(() => {
    const box = scroller.current;
    if (!box || !content.current) return;
    const look = () => {
      stuck.current = box.scrollHeight - box.scrollTop - box.clientHeight < nearly;
      setAway(!stuck.current);
    };
    const sizes = new ResizeObserver(() => (stuck.current ? jump() : look()));
    sizes.observe(content.current);
    sizes.observe(box);
    box.addEventListener("scroll", look, { passive: true });
    return () => {
      sizes.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, [jump]);
  return { scroller, content, away, jump };
}
