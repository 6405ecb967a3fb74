import { type RefObject, useEffect } from "react";

/**
 * While the panel covers a phone's screen: the page behind does not scroll, and
 * the panel is as high as what the on-screen keyboard leaves. Both are rules in
 * constructed sheets, since strict pages forbid inline styles.
 */
export function useFullScreen(active: boolean, dialog: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const root = dialog.current?.getRootNode();
    if (!active || !(root instanceof ShadowRoot)) return;
    const page = new CSSStyleSheet();
    page.replaceSync("html{overflow:hidden!important}");
    const fit = new CSSStyleSheet();
    const view = window.visualViewport;
    const measure = () => {
      if (!view) return;
      fit.replaceSync(`.panel{height:${view.height}px;top:${view.offsetTop}px;bottom:auto}`);
    };
    measure();
    document.adoptedStyleSheets.push(page);
    root.adoptedStyleSheets.push(fit);
    view?.addEventListener("resize", measure);
    view?.addEventListener("scroll", measure);
    return () => {
      view?.removeEventListener("resize", measure);
      view?.removeEventListener("scroll", measure);
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== page);
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((sheet) => sheet !== fit);
    };
  }, [active, dialog]);
}
