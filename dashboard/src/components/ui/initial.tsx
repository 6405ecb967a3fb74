import { cn } from "@/lib/cn";

/** The first letter of a name on a tile, where a picture would be. */
export function Initial({ name, round }: { name: string; round?: boolean }) {
  return (
    <span
      aria-hidden
      className={cn(
        "grid size-7 shrink-0 place-items-center bg-accent-soft font-semibold text-accent-text text-xs uppercase",
        round ? "rounded-full" : "rounded-control",
      )}
    >
      {[...name.trim()][0] ?? "?"}
    </span>
  );
}
