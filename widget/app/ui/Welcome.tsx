import { useChatState, useStrings, useUi } from "./context";
import { Avatar } from "./Header";
import { Icon } from "./icons";

/** What an empty conversation shows: the greeting, and questions to begin with. */
export function Welcome() {
  const t = useStrings();
  const { chat } = useUi();
  const config = useChatState((state) => state.config);
  const prompts = config?.starterPrompts ?? [];
  return (
    <div className="welcome">
      <Avatar />
      {config?.greeting && (
        <p className="greeting" dir="auto">
          {config.greeting}
        </p>
      )}
      {prompts.length > 0 && (
        <ul className="starters" aria-label={t.starters}>
          {prompts.map((prompt) => (
            <li key={prompt}>
              <button
                type="button"
                className="starter"
                part="starter"
                onClick={() => chat.send(prompt)}
              >
                <span dir="auto">{prompt}</span>
                <Icon name="up" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
