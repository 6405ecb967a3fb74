import css from "./launcher.css?inline";
import { hexOf } from "./look";
import type {
  EventDetails,
  EventName,
  Frame,
  Listener,
  Look,
  MountPanel,
  Panel,
  Settings,
  ToolHandler,
  Tools,
} from "./types";
import { launcherName } from "./words";

const TAG = "parley-widget";
const SVG = "http://www.w3.org/2000/svg";
const SPEECH =
  "M9.5 3.75c-4 0-7 2.7-7 6.1 0 1.85.9 3.5 2.35 4.6L4.3 17.5l3.3-1.75c.6.13 1.23.2 1.9.2 4 0 7-2.7 7-6.1s-3-6.1-7-6.1Zm9.8 6.15c1.37 1.05 2.2 2.55 2.2 4.23 0 1.65-.8 3.12-2.1 4.16l.5 2.71-2.95-1.55c-.53.1-1.09.17-1.66.17-1.7 0-3.24-.54-4.4-1.42";
const DOWN = "m6 9.5 6 6 6-6";

/**
 * The launcher button in its own shadow root, and whatever the page may ask of
 * the widget. The panel comes later, through `loadPanel`, when it is wanted.
 */
export class Shell implements Frame {
  readonly element: HTMLElement;
  readonly root: ShadowRoot;
  tools: Tools = {};
  readonly #launcher: HTMLButtonElement;
  readonly #sheet = new CSSStyleSheet();
  readonly #listeners = new Map<EventName, Set<Listener<EventName>>>();
  readonly #storageKey: string;
  readonly #loadPanel: () => Promise<MountPanel>;
  #panel: Promise<Panel> | undefined;
  #jwt: string | undefined;
  #isOpen = false;

  constructor(
    readonly settings: Settings,
    loadPanel: () => Promise<MountPanel>,
  ) {
    this.#loadPanel = loadPanel;
    if (!customElements.get(TAG)) customElements.define(TAG, class extends HTMLElement {});
    this.#storageKey = `parley:open:${settings.agentId}`;
    this.element = document.createElement(TAG);
    this.root = this.element.attachShadow({ mode: "open" });
    const base = new CSSStyleSheet();
    base.replaceSync(css);
    this.root.adoptedStyleSheets = [base, this.#sheet];
    this.#launcher = this.#makeLauncher();
    this.root.append(this.#launcher);
    this.#reflect();
    this.setLook(rememberedLook(settings.agentId));
    document.body.append(this.element);
    if (attempt(() => sessionStorage.getItem(this.#storageKey))) this.open(false);
  }

  open(focus = true): void {
    if (this.#isOpen) return;
    this.#setOpen(true);
    this.#withPanel((panel) => this.#isOpen && panel.setOpen(true, focus));
  }

  close(): void {
    if (!this.#isOpen) return;
    const hadFocus = this.element === document.activeElement;
    this.#setOpen(false);
    this.#withPanel((panel) => !this.#isOpen && panel.setOpen(false, false));
    if (hadFocus) this.#launcher.focus();
  }

  toggle(): void {
    if (this.#isOpen) this.close();
    else this.open();
  }

  send(text: string): void {
    this.open();
    this.#withPanel((panel) => panel.send(text));
  }

  /** Ties the chat to a person whom the site's own server vouches for. */
  identify({ jwt }: { jwt: string }): void {
    this.#jwt = jwt;
    // A panel that is not here yet takes the latest token when it comes.
    if (this.#panel) this.#withPanel((panel) => panel.identify(jwt));
  }

  on<E extends EventName>(event: E, listener: Listener<E>): () => void {
    const known = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, known.add(listener as Listener<EventName>));
    return () => known.delete(listener as Listener<EventName>);
  }

  /** Lets the agent use a function of the page. */
  tool(name: string, handler: ToolHandler): void {
    this.tools[name] = handler;
  }

  emit<E extends EventName>(event: E, detail: EventDetails[E]): void {
    for (const listener of this.#listeners.get(event) ?? []) (listener as Listener<E>)(detail);
  }

  /** Takes the widget off the page; with `forget`, as when a person signs out. */
  remove(forget: boolean): void {
    if (forget) this.#setOpen(false);
    this.#isOpen = false;
    this.#listeners.clear();
    if (this.#panel) this.#withPanel((panel) => panel.destroy(forget));
    else if (forget) attempt(() => localStorage.removeItem(`parley:${this.settings.agentId}`));
    this.element.remove();
  }

  shutdown(): void {
    this.remove(true);
  }

  setLook(look: Look): void {
    const { color, position, theme, iconUrl } = { ...look, ...this.settings };
    this.#sheet.replaceSync(`:host{--brand:${hexOf(color)}}`);
    this.element.setAttribute("position", position ?? "");
    this.element.setAttribute("theme", theme ?? "");
    if (iconUrl) this.#showIcon(iconUrl);
  }

  setUnread(unread: boolean): void {
    this.element.toggleAttribute("unread", unread);
  }

  #setOpen(open: boolean): void {
    this.#isOpen = open;
    this.#reflect();
    attempt(() => sessionStorage.setItem(this.#storageKey, open ? "1" : ""));
    this.emit(open ? "open" : "close", undefined);
  }

  #reflect(): void {
    this.element.toggleAttribute("open", this.#isOpen);
    this.#launcher.ariaExpanded = String(this.#isOpen);
    this.#launcher.ariaLabel = launcherName(this.settings.locale, this.#isOpen);
  }

  #withPanel(use: (panel: Panel) => void): void {
    this.#panel ??= this.#fetchPanel();
    this.#panel.then(use, () => {
      this.#panel = undefined;
      this.close();
      this.emit("error", { code: "offline", message: "The chat panel could not be loaded." });
    });
  }

  async #fetchPanel(): Promise<Panel> {
    this.#launcher.ariaBusy = "true";
    try {
      const mount = await this.#loadPanel();
      const panel = mount(this);
      if (this.#jwt) panel.identify(this.#jwt);
      this.element.setAttribute("ready", "");
      return panel;
    } finally {
      this.#launcher.ariaBusy = "false";
    }
  }

  #makeLauncher(): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "launcher";
    button.part = "launcher";
    button.ariaHasPopup = "dialog";
    button.append(glyph(SPEECH), glyph(DOWN));
    button.onclick = () => this.toggle();
    // Fetches the panel ahead of the click that will want it.
    button.onpointerenter = button.onfocus = () => this.#withPanel(() => {});
    return button;
  }

  #showIcon(url: string): void {
    const image = document.createElement("img");
    image.alt = "";
    // Only a picture that has arrived takes the glyph's place.
    image.onload = () => this.#launcher.firstElementChild?.replaceWith(image);
    image.src = url;
  }
}

function glyph(shape: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.ariaHidden = "true";
  path.setAttribute("d", shape);
  svg.append(path);
  return svg;
}

function rememberedLook(agentId: string): Look {
  const memory = attempt(() => JSON.parse(localStorage.getItem(`parley:${agentId}`) ?? "{}"));
  return (memory as { look?: Look } | undefined)?.look ?? {};
}

/** Browsers may forbid storage altogether: then nothing is remembered. */
function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
