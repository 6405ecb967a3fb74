import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** "h1" where it stands for a whole page. */
  heading?: "h1" | "h2";
}

/** What a list shows instead of rows: what would be here and how to get it. */
export function Empty({ icon: Icon, title, children, action, heading = "h2" }: EmptyProps) {
  const Heading = heading;
  return (
    <div className="flex flex-col items-center gap-4 px-6 py-16 text-center">
      <span className="grid size-12 place-items-center rounded-card bg-accent-soft text-accent-text">
        <Icon className="size-6" aria-hidden />
      </span>
      <div className="flex max-w-md flex-col gap-1.5">
        <Heading className="text-base font-semibold tracking-tight">{title}</Heading>
        {children && <p className="text-muted text-pretty">{children}</p>}
      </div>
      {action}
    </div>
  );
}
