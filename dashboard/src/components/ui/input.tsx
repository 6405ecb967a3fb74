import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { useField } from "@/components/ui/field";
import { cn } from "@/lib/cn";

// 16px on phones: below that, iOS zooms into a focused control.
const control =
  "w-full rounded-control border border-line-strong bg-surface text-base text-ink shadow-lift transition-colors placeholder:text-faint hover:border-faint disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted disabled:hover:border-line-strong [&[readonly]]:bg-sunken [&[readonly]]:text-muted [&[readonly]]:hover:border-line-strong aria-invalid:border-danger focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 sm:text-sm";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...useField()} className={cn(control, "h-9 px-3", className)} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      {...useField()}
      className={cn(control, "field-sizing-content min-h-20 px-3 py-2 leading-relaxed", className)}
      {...rest}
    />
  );
}

/** The platform's own list: the best one on phones and for screen readers. */
export function Select({ className, children, ...rest }: ComponentProps<"select">) {
  return (
    <div className={cn("relative", className)}>
      <select {...useField()} className={cn(control, "h-9 appearance-none ps-3 pe-9")} {...rest}>
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute end-2.5 top-1/2 size-4 -translate-y-1/2 text-faint"
      />
    </div>
  );
}
