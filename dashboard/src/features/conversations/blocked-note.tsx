import { ShieldAlert } from "lucide-react";
import type { Message } from "@/api/types";
import { Badge } from "@/components/ui/badge";

type Blocked = NonNullable<Message["blocked"]>;

/** Why an answer was not given, or not to its end. Visitors are not told. */
export function BlockedNote({ blocked }: { blocked: Blocked }) {
  return (
    <>
      <Badge tone="warn">
        <ShieldAlert aria-hidden />
        {blocked.stage === "input" ? "Question blocked" : "Answer blocked"}
      </Badge>
      <span className="text-[0.8125rem] text-muted wrap-anywhere">{reasonOf(blocked)}</span>
    </>
  );
}

function reasonOf({ check, topic, categories }: Blocked): string {
  switch (check) {
    case "phrase":
      return `A phrase of the topic “${topic}”`;
    case "topic":
      return `The model takes it to be about “${topic}”`;
    default:
      return `Moderation: ${categories?.join(", ") || "no category given"}`;
  }
}
