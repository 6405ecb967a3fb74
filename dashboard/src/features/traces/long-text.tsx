import { useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatNumber } from "@/lib/format";

const shownAtFirst = 1_200; // characters

interface LongTextProps {
  text: string;
  className?: string;
}

/** A text as it stands; of a long one the beginning, until its reader wants all. */
export function LongText({ text, className }: LongTextProps) {
  const [all, setAll] = useState(false);
  const long = text.length > shownAtFirst * 1.25;
  return (
    <div className="flex min-w-0 flex-col items-start gap-1">
      <p className={cn("whitespace-pre-wrap wrap-anywhere", className)}>
        {long && !all ? `${text.slice(0, shownAtFirst)}…` : text}
      </p>
      {long && (
        <Button
          variant="link"
          size="inline"
          className="text-xs"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? "Show less" : `Show all ${formatNumber(text.length)} characters`}
        </Button>
      )}
    </div>
  );
}
