import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";

export function Card({ className, ...rest }: ComponentProps<"section">) {
  return (
    <section className={cn("rounded-card border bg-surface shadow-lift", className)} {...rest} />
  );
}

interface CardHeaderProps {
  title: ReactNode;
  description?: ReactNode;
  action?: ReactNode;
}

export function CardHeader({ title, description, action }: CardHeaderProps) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 px-5 pt-5">
      <div className="flex min-w-0 max-w-2xl flex-1 basis-64 flex-col gap-1">
        <h2 className="text-[0.9375rem] font-semibold tracking-tight">{title}</h2>
        {description && <p className="text-muted text-pretty">{description}</p>}
      </div>
      {action}
    </header>
  );
}

export function CardBody({ className, ...rest }: ComponentProps<"div">) {
  return <div className={cn("flex flex-col gap-5 p-5", className)} {...rest} />;
}

export function CardFooter({ className, ...rest }: ComponentProps<"footer">) {
  return (
    <footer
      className={cn(
        "flex flex-wrap items-center justify-end gap-3 rounded-b-card border-t bg-sunken/60 px-5 py-3",
        className,
      )}
      {...rest}
    />
  );
}
