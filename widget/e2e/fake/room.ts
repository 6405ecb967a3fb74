import type { Conversation, ConversationEvent } from "../../app/protocol";
import type { Handled } from "./http";
import type { TurnLog } from "./log";
import type { MessageTree } from "./tree";

/** A conversation, and whoever listens to it. */
export interface Room extends Conversation {
  visitorId: string;
  tree: MessageTree;
  events: ConversationEvent[];
  listeners: Set<() => void>;
}

export function visible({ visitorId: _, tree, events: __, listeners: ___, ...room }: Room) {
  return { ...room, messageCount: tree.all.length };
}

export function messagesPage(room: Room, url: URL): Handled {
  const limit = Number(url.searchParams.get("limit") ?? 20);
  const before = Number(url.searchParams.get("cursor") ?? Number.POSITIVE_INFINITY);
  const older = room.tree.shown.filter((message) => message.position < before);
  const items = older.slice(-limit).toReversed();
  const more = older.length > limit;
  const nextCursor = more ? { nextCursor: String(items.at(-1)?.position) } : {};
  return { status: 200, body: { items, ...nextCursor } };
}

export function accepted(room: Room, log: TurnLog, steered: boolean): Handled {
  const body = {
    id: log.id,
    conversationId: room.id,
    status: "running",
    steered,
    userMessageId: room.tree.all.at(-1)?.id,
    assistantMessageId: log.messageId,
    lastSeq: log.chunks.length,
  };
  return { status: 202, body };
}
