import { createRoot, type Root } from "react-dom/client";
import type { EventDetails, Frame, Look, MountPanel, Panel as PanelHandle } from "../loader/types";
import { Chat } from "./chat/chat";
import type { Emit } from "./chat/context";
import { english, type Locale, loadLocale } from "./locales";
import type { Store } from "./net/storage";
import css from "./panel.css?inline";
import type { WidgetConfig } from "./protocol";
import { inkRule } from "./ui/colors";
import { type Ui, UiContext } from "./ui/context";
import { Panel } from "./ui/Panel";

/** Puts the conversation window into a shell: the one entry to everything in this folder. */
export const mount: MountPanel = (frame) => new MountedPanel(frame);

class MountedPanel implements PanelHandle {
  readonly #chat: Chat;
  readonly #root: Root;
  readonly #container = document.createElement("div");
  readonly #ink = new CSSStyleSheet();
  #locale: Locale = english;
  #look: Look;
  #gone = false;
  /** What had the focus when the panel opened. */
  #opener: Element | null = null;

  readonly #frame: Frame;

  constructor(frame: Frame) {
    this.#frame = frame;
    const { settings } = frame;
    this.#look = settings;
    this.#chat = new Chat({
      ...settings,
      tools: frame.tools,
      emit: this.#emit,
      onConfig: (config, memory) => this.#dress(config, memory),
    });
    this.#adoptStyles();
    frame.root.prepend(this.#container);
    this.#root = createRoot(this.#container);
    void this.#speak(settings.locale);
  }

  setOpen(open: boolean, focus: boolean): void {
    if (open) {
      this.#opener = document.activeElement;
      this.#frame.setUnread(false);
    }
    this.#chat.setOpen(open, focus);
    if (!open) this.#giveFocusBack();
  }

  show(config: WidgetConfig): void {
    this.#chat.store.dispatch({ type: "session-ready", config });
    this.#wear(config);
  }

  send(text: string): void {
    void this.#chat.send(text);
  }

  identify(jwt: string): void {
    this.#chat.identify(jwt);
  }

  destroy(forget: boolean): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#root.unmount();
    this.#container.remove();
    this.#chat.destroy(forget);
  }

  /** The focus that the launcher got belongs to the page's own button, if that opened the panel. */
  #giveFocusBack(): void {
    const { root, element } = this.#frame;
    const opener = this.#opener;
    const isOurs = opener === element || opener === document.body;
    if (root.activeElement && !isOurs && opener instanceof HTMLElement) opener.focus();
  }

  #adoptStyles(): void {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.#ink.replaceSync(inkRule(this.#look.color));
    this.#frame.root.adoptedStyleSheets.push(sheet, this.#ink);
  }

  /** Draws when the visitor's language is here, so that nobody sees two of them. */
  async #speak(tag: string): Promise<void> {
    this.#locale = await loadLocale(tag);
    this.#draw();
  }

  #draw(): void {
    if (this.#gone) return;
    const ui: Ui = {
      chat: this.#chat,
      locale: this.#locale,
      iconUrl: this.#look.iconUrl,
      close: () => this.#frame.close(),
    };
    this.#root.render(
      <UiContext.Provider value={ui}>
        <Panel />
      </UiContext.Provider>,
    );
  }

  /** Wears the agent's look, and remembers it so that the next page has it at once. */
  #dress(config: WidgetConfig, memory: Store): void {
    memory.update({ look: this.#wear(config) });
  }

  #wear({ appearance = {} }: WidgetConfig): Look {
    const { color, position, theme, iconUrl } = appearance;
    const entries = Object.entries({ color, position, theme, iconUrl });
    const look: Look = Object.fromEntries(entries.filter(([, value]) => value));
    this.#frame.setLook(look);
    this.#look = { ...look, ...this.#frame.settings };
    this.#ink.replaceSync(inkRule(this.#look.color));
    this.#draw();
    return look;
  }

  readonly #emit: Emit = (event, detail) => {
    const isAnswer = "role" in detail && detail.role === "assistant";
    if (isAnswer && !this.#chat.store.get().open) this.#frame.setUnread(true);
    this.#frame.emit<keyof EventDetails>(event, detail);
  };
}
