import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

interface PageProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Forms read best narrow; tables and editors want room. */
  width?: "narrow" | "wide";
  children: ReactNode;
}

/** A page: its heading, what one can do there, and its content. */
export function Page({ title, description, actions, width = "wide", children }: PageProps) {
  return (
    <div
      className={cn(
        "mx-auto flex w-full flex-col gap-6 px-4 py-6 sm:px-8 sm:py-10",
        width === "narrow" ? "max-w-3xl" : "max-w-6xl",
      )}
    >
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <div className="flex min-w-0 flex-col gap-1">
          <h1 className="text-2xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
          {description && (
            <p className="max-w-2xl text-muted text-pretty wrap-anywhere">{description}</p>
          )}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
