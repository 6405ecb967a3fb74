import { type KeyboardEvent, type RefObject, useEffect, useId, useRef } from "react";
import { Composer } from "./Composer";
import { Conversation } from "./Conversation";
import { FULL_SCREEN, useChatState, useMedia, useStrings, useUi } from "./context";
import { Failure } from "./Failure";
import { keepFocusInside } from "./focus";
import { useFullScreen } from "./fullScreen";
import { Header } from "./Header";
import { useList, usePeople } from "./lazy";

/** The conversation window: a dialog that floats, or covers a phone's screen. */
export function Panel() {
  const { locale, close } = useUi();
  const open = useChatState((state) => state.open);
  const full = useMedia(FULL_SCREEN);
  const titleId = useId();
  const dialog = useRef<HTMLElement>(null);
  useFullScreen(open && full, dialog);
  useFocusOnOpen(open, dialog);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "Escape" && !event.nativeEvent.isComposing) {
      event.stopPropagation();
      close();
    }
    if (full) keepFocusInside(event);
  };
  return (
    <section
      ref={dialog}
      role="dialog"
      aria-modal={full}
      aria-labelledby={titleId}
      tabIndex={-1}
      className="panel"
      part="panel"
      lang={locale.tag}
      dir={locale.dir}
      hidden={!open}
      onKeyDown={onKeyDown}
    >
      <Header full={full} titleId={titleId} />
      <Body />
    </section>
  );
}

/** Focus goes to where one writes; on touch screens only to the window, or the keyboard would pop up. */
function useFocusOnOpen(open: boolean, dialog: RefObject<HTMLElement | null>): void {
  const { store } = useUi().chat;
  useEffect(() => {
    if (!open || !store.get().takesFocus) return;
    const touch = matchMedia("(pointer: coarse)").matches;
    const box = touch ? null : dialog.current?.querySelector("textarea");
    (box ?? dialog.current)?.focus();
  }, [open, store, dialog]);
}

function Body() {
  const complaint = useChatState((state) => state.complaint);
  const screen = useChatState((state) => state.screen);
  const phase = useChatState((state) => state.phase);
  const list = useList(screen === "list");
  if (complaint) return <Failure complaint={complaint} />;
  return (
    <>
      {screen === "list" && (list ? <list.ConversationList /> : <Opening />)}
      {/* Hidden rather than gone: a half-written message is still there on the way back. */}
      <div className="view" hidden={screen === "list"}>
        {phase === "ready" ? <Conversation /> : <Opening />}
        <Offline />
        <Staff />
        <Composer />
      </div>
    </>
  );
}

/** Who answers, where people may. */
function Staff() {
  const wanted = useChatState(
    ({ config, conversation }) => config?.person || conversation?.mode === "human",
  );
  const people = usePeople(Boolean(wanted));
  return wanted && people ? <people.People /> : null;
}

function Opening() {
  const t = useStrings();
  return (
    <div className="thread">
      <p className="scroller centre fine late" role="status">
        {t.loading}
      </p>
    </div>
  );
}

function Offline() {
  const t = useStrings();
  const online = useChatState((state) => state.online);
  if (online) return null;
  return (
    <p className="banner" role="status">
      {t.offline}
    </p>
  );
}
