import type { Conversation } from "@/api/types";

/** What a conversation is called until the first answer has given it a title. */
export function titleOf({ title, preview }: Pick<Conversation, "title" | "preview">): string {
  return title || preview || "New conversation";
}

export function visitorName({ visitor }: Pick<Conversation, "visitor">): string {
  if (!visitor) return "Your server";
  return visitor.name || visitor.email || visitor.externalId || `Visitor ${visitor.id.slice(-6)}`;
}
