import { Shell } from "../loader/shell";
import type { MountPanel, Panel } from "../loader/types";
import { PreviewAnswers } from "./answers";
import type { DraftConfig } from "./samples";

/** Where the built panel lies beside this page; the build fills it in. */
declare const __PANEL__: string;

/**
 * The page inside the dashboard's preview. The dashboard posts the draft's configuration with each
 * change; the launcher and the panel are those that visitors get.
 */
class Preview {
  #config: DraftConfig;
  #shell: Shell;
  #panel: Panel | undefined;

  constructor(config: DraftConfig) {
    this.#config = config;
    globalThis.fetch = new PreviewAnswers(() => this.#config).fetch;
    this.#shell = this.#open();
  }

  show(config: DraftConfig): void {
    const before = this.#config;
    this.#config = config;
    // A picture, once shown, stays with its launcher.
    if (before.appearance?.iconUrl !== config.appearance?.iconUrl) this.#reopen();
    dress(config);
    this.#panel?.show(config);
  }

  #open(): Shell {
    dress(this.#config);
    localStorage.removeItem(`parley:${agentId}`); // what another preview remembered
    const apiUrl = new URL("..", location.href).href;
    const settings = { apiUrl, agentId, publishableKey: "preview", locale: navigator.language };
    const shell = new Shell(settings, () => this.#load());
    shell.open(false);
    return shell;
  }

  #reopen(): void {
    this.#shell.shutdown();
    this.#panel = undefined;
    this.#shell = this.#open();
  }

  async #load(): Promise<MountPanel> {
    const url = new URL(__PANEL__, document.baseURI).href;
    const { mount } = (await import(/* @vite-ignore */ url)) as { mount: MountPanel };
    return (frame) => {
      this.#panel = mount(frame);
      return this.#panel;
    };
  }
}

const agentId = "preview";

/** Gives the page around the widget the widget's theme. */
function dress({ appearance }: DraftConfig): void {
  document.documentElement.dataset.theme = appearance?.theme ?? "auto";
}

interface PreviewMessage {
  type: "parley:preview";
  config: DraftConfig;
}

function isPreviewMessage(data: unknown): data is PreviewMessage {
  return (
    typeof data === "object" && data !== null && "type" in data && data.type === "parley:preview"
  );
}

let preview: Preview | undefined;
addEventListener("message", ({ origin, source, data }: MessageEvent<unknown>) => {
  const fromDashboard = origin === location.origin && source === parent;
  if (!fromDashboard || !isPreviewMessage(data)) return;
  if (preview) preview.show(data.config);
  else preview = new Preview(data.config);
});
parent.postMessage({ type: "parley:preview-ready" }, location.origin);
