/** A pulsing dot with its meaning in words. */
export function LiveDot({ label }: { label: string }) {
  return (
    <span className="inline-flex shrink-0 items-center gap-1.5 font-medium text-success-text text-xs">
      <span aria-hidden className="size-2 animate-pulse-soft rounded-full bg-success" />
      {label}
    </span>
  );
}
