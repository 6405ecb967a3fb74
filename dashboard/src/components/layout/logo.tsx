import { cn } from "@/lib/cn";

/** Two overlapping speech bubbles. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={cn("size-7", className)}>
      <path
        className="fill-accent/45"
        d="M14 4h8a7 7 0 0 1 7 7v4a7 7 0 0 1-5 6.7V25a1 1 0 0 1-1.7.7L18.6 22H14a7 7 0 0 1-7-7v-4a7 7 0 0 1 7-7Z"
      />
      <path
        className="fill-accent"
        d="M9 11h6a6 6 0 0 1 6 6v2a6 6 0 0 1-6 6h-3l-3.3 3.2A1 1 0 0 1 7 27.5v-2.8A6 6 0 0 1 3 19v-2a6 6 0 0 1 6-6Z"
      />
    </svg>
  );
}

export function Logo() {
  return (
    <span className="flex items-center gap-2">
      <Mark />
      <span className="font-semibold text-[1.0625rem] tracking-tight">Parley</span>
    </span>
  );
}
