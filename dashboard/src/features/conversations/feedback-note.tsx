import { ThumbsDown, ThumbsUp } from "lucide-react";
import type { Message } from "@/api/types";
import { Badge } from "@/components/ui/badge";

/** What the visitor thought of an answer. */
export function FeedbackNote({ feedback }: { feedback: NonNullable<Message["feedback"]> }) {
  const good = feedback.rating === "up";
  const Icon = good ? ThumbsUp : ThumbsDown;
  return (
    <>
      <Badge tone={good ? "success" : "danger"}>
        <Icon aria-hidden /> {good ? "Helpful" : "Not helpful"}
      </Badge>
      {feedback.comment && (
        <span className="text-[0.8125rem] text-muted wrap-anywhere">“{feedback.comment}”</span>
      )}
    </>
  );
}
