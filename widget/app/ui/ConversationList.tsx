import type { Conversation } from "../protocol";
import { ago } from "./ago";
import { useChatState, useStrings, useUi } from "./context";
import { Icon } from "./icons";
import { LoadFailed } from "./LoadFailed";

export function ConversationList() {
  const t = useStrings();
  const { chat } = useUi();
  const list = useChatState((state) => state.list);
  const current = useChatState((state) => state.thread.conversationId);
  const { phase, items, next } = list;
  return (
    <div className="scroller list">
      {phase === "loading" && items.length === 0 && <p className="centre fine">{t.loading}</p>}
      {phase === "failed" && <LoadFailed text={t.listFailed} onRetry={() => chat.loadList()} />}
      {phase === "ready" && items.length === 0 && <NoConversations />}
      <ul className="conversations">
        {items.map((item) => (
          <li key={item.id}>
            <Row item={item} current={item.id === current} />
          </li>
        ))}
      </ul>
      {next && (
        <button type="button" className="link older" onClick={() => void chat.loadList(next)}>
          {t.older}
        </button>
      )}
    </div>
  );
}

function Row({ item, current }: { item: Conversation; current: boolean }) {
  const { chat, locale } = useUi();
  const title = item.title || locale.strings.untitled;
  return (
    <button
      type="button"
      className="row"
      aria-current={current ? "true" : undefined}
      onClick={() => chat.openConversation(item.id)}
    >
      <span className="row-title" dir="auto">
        {title}
      </span>
      <time dateTime={item.updatedAt}>{ago(item.updatedAt, locale.tag, Date.now())}</time>
      {item.preview && (
        <span className="row-preview" dir="auto">
          {item.preview}
        </span>
      )}
    </button>
  );
}

function NoConversations() {
  const t = useStrings();
  return (
    <div className="centre">
      <span className="centre-icon">
        <Icon name="speech" />
      </span>
      <p className="centre-title">{t.noConversations}</p>
      <p className="fine">{t.noConversationsHint}</p>
    </div>
  );
}
