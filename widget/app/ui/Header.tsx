import { useChatState, useStrings, useUi } from "./context";
import { Icon, type IconName } from "./icons";

export function Header({ full, titleId }: { full: boolean; titleId: string }) {
  const t = useStrings();
  const { chat, close } = useUi();
  const screen = useChatState((state) => state.screen);
  const ready = useChatState((state) => state.phase === "ready");
  const hasThread = useChatState((state) => state.thread.phase !== "empty");
  return (
    <div className="header" part="header">
      {screen === "list" ? (
        <>
          <IconButton label={t.back} onClick={() => chat.showChat()} icon="back" flips={true} />
          <h2 id={titleId} className="title">
            {t.conversations}
          </h2>
        </>
      ) : (
        <Identity titleId={titleId} />
      )}
      <div className="header-actions">
        {ready && screen === "chat" && (
          <IconButton label={t.conversations} onClick={() => chat.showList()} icon="history" />
        )}
        {ready && (screen === "list" || hasThread) && (
          <IconButton label={t.newChat} onClick={() => chat.newConversation()} icon="compose" />
        )}
        {full && <IconButton label={t.closeChat} onClick={close} icon="close" />}
      </div>
    </div>
  );
}

function Identity({ titleId }: { titleId: string }) {
  const config = useChatState((state) => state.config);
  const subtitle = config?.appearance?.subtitle;
  return (
    <>
      <Avatar />
      <div className="identity">
        <h2 id={titleId} className="title">
          {config?.appearance?.title || config?.name || "Parley"}
        </h2>
        {subtitle && <p className="subtitle">{subtitle}</p>}
      </div>
    </>
  );
}

export function Avatar() {
  const { iconUrl } = useUi();
  return (
    <span className="avatar" part="avatar">
      {iconUrl ? <img src={iconUrl} alt="" /> : <Icon name="speech" />}
    </span>
  );
}

interface IconButtonProps {
  label: string;
  onClick: () => void;
  icon: IconName;
  /** Points the other way where text runs from right to left. */
  flips?: boolean;
}

export function IconButton({ label, onClick, icon, flips = false }: IconButtonProps) {
  const className = flips ? "ghost flips" : "ghost";
  return (
    <button type="button" className={className} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
