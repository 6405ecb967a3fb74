import { Link } from "@tanstack/react-router";
import type { Conversation } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { LiveDot } from "@/features/conversations/live-dot";
import { titleOf, visitorName } from "@/features/conversations/names";
import { formatAgo, formatCount, formatTime } from "@/lib/format";

/** A conversation in a list: who, about what, with which agent, and whether it goes on right now. */
export function ConversationRow({ conversation }: { conversation: Conversation }) {
  const { id, agentName, updatedAt, title, preview, messageCount, activeTurnId } = conversation;
  const { mode, staffName, waitingSince } = conversation;
  return (
    <Link
      to="/conversations/$conversationId"
      params={{ conversationId: id }}
      search={(before) => before}
      className="flex flex-col gap-0.5 border-s-2 border-transparent px-5 py-3 transition-colors hover:bg-sunken aria-[current=page]:border-accent aria-[current=page]:bg-accent-soft/60"
    >
      <span className="flex items-baseline justify-between gap-3">
        <span className="truncate font-medium">{titleOf(conversation)}</span>
        <time
          dateTime={updatedAt}
          title={formatTime(updatedAt)}
          className="shrink-0 text-faint text-xs"
        >
          {formatAgo(updatedAt)}
        </time>
      </span>
      {title && preview && <span className="truncate text-muted">{preview}</span>}
      <span className="flex items-center gap-2 text-faint text-xs">
        {activeTurnId && <LiveDot label="Answering" />}
        {waitingSince && <Badge tone="warn">Waits since {formatAgo(waitingSince)}</Badge>}
        {mode === "human" && !waitingSince && staffName && <Badge>{staffName}</Badge>}
        <span className="truncate">
          {visitorName(conversation)} · {agentName} · {formatCount(messageCount, "message")}
        </span>
      </span>
    </Link>
  );
}
