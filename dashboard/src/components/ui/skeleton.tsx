import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** A grey stand-in for content on its way. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <div aria-hidden className={cn("animate-pulse-soft rounded-control bg-line", className)} />
  );
}

/** Wraps the skeletons of one page and tells screen readers what they stand for. */
export function Loading({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="status" aria-busy="true">
      <span className="sr-only">{label}</span>
      {children}
    </div>
  );
}
