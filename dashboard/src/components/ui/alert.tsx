import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

const looks = {
  info: { Icon: Info, box: "border-line bg-sunken text-ink", icon: "text-faint" },
  accent: {
    Icon: Info,
    box: "border-transparent bg-accent-soft text-ink",
    icon: "text-accent-text",
  },
  success: {
    Icon: CircleCheck,
    box: "border-transparent bg-success-soft text-success-text",
    icon: "",
  },
  warn: { Icon: TriangleAlert, box: "border-transparent bg-warn-soft text-warn-text", icon: "" },
  danger: {
    Icon: CircleAlert,
    box: "border-transparent bg-danger-soft text-danger-text",
    icon: "",
  },
};

interface AlertProps {
  tone?: keyof typeof looks;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  /** Announces the alert at once to screen readers. */
  live?: boolean;
  className?: string;
}

export function Alert({ tone = "info", title, children, actions, live, className }: AlertProps) {
  const { Icon, box, icon } = looks[tone];
  return (
    <div
      role={live ? "alert" : undefined}
      className={cn(
        "flex flex-wrap items-start gap-x-4 gap-y-3 rounded-card border px-4 py-3",
        box,
        className,
      )}
    >
      <div className="flex min-w-0 flex-1 basis-60 gap-3">
        <Icon className={cn("mt-0.5 size-4 shrink-0", icon)} aria-hidden />
        <div className="flex min-w-0 flex-col gap-0.5">
          {title && <p className="font-semibold">{title}</p>}
          {children && <div className="wrap-anywhere">{children}</div>}
        </div>
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  );
}
