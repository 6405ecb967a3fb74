import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";

interface VersionPagerProps {
  /** The message that is shown, and all that were said in its place, the oldest first. */
  id: string;
  versions: readonly string[];
  onTurn(id: string): void;
}

/** Leads from one version of a message to the next. */
export function VersionPager({ id, versions, onTurn }: VersionPagerProps) {
  const at = versions.indexOf(id);
  const turn = (to: number, label: string, icon: ReactNode) => {
    const version = versions[to];
    return (
      <Button
        variant="ghost"
        size="iconSm"
        aria-label={label}
        aria-disabled={version === undefined}
        onClick={() => version !== undefined && onTurn(version)}
      >
        {icon}
      </Button>
    );
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div
      role="group"
      aria-label={`Version ${at + 1} of ${versions.length}`}
      className="-mx-2 -my-1.5 flex items-center text-muted text-xs tabular-nums"
    >
      {turn(at - 1, "Earlier version", <ChevronLeft aria-hidden />)}
      <span aria-hidden>
        {at + 1}/{versions.length}
      </span>
      {turn(at + 1, "Later version", <ChevronRight aria-hidden />)}
    </div>
  );
}
