import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps, MouseEvent, ReactNode } from "react";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";

export const buttonStyles = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-control font-medium transition-colors duration-100 disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-accent-ink shadow-lift not-aria-disabled:hover:bg-accent-hover",
        secondary:
          "border border-line-strong bg-surface text-ink shadow-lift not-aria-disabled:hover:bg-sunken",
        ghost: "text-muted not-aria-disabled:hover:bg-sunken not-aria-disabled:hover:text-ink",
        danger: "bg-danger text-danger-ink shadow-lift not-aria-disabled:hover:bg-danger-hover",
        quietDanger: "text-danger-text not-aria-disabled:hover:bg-danger-soft",
        link: "text-accent-text underline-offset-4 hover:underline",
      },
      size: {
        sm: "h-8 px-3 text-[0.8125rem]",
        md: "h-9 px-3.5 text-sm",
        lg: "h-11 px-5 text-[0.9375rem]",
        icon: "size-9",
        iconSm: "size-8",
        inline: "h-auto p-0",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof buttonStyles> {
  /** Renders the child (a link, say) with the button's looks. */
  asChild?: boolean;
  /** Shows a spinner and refuses clicks. */
  busy?: boolean;
  /** Why the button may not be used now; shown as its tooltip. The button stays focusable. */
  blocked?: ReactNode;
}

export function Button({ asChild, busy, blocked, variant, size, className, ...rest }: ButtonProps) {
  const classes = cn(buttonStyles({ variant, size }), className);
  if (asChild) {
    return <Slot.Root className={classes} {...rest} />;
  }
  const button = (
    <PlainButton className={classes} inert={Boolean(busy || blocked)} busy={busy} {...rest} />
  );
  return blocked ? <Tooltip label={blocked}>{button}</Tooltip> : button;
}

interface PlainButtonProps extends Omit<ComponentProps<"button">, "inert"> {
  inert: boolean;
  busy?: boolean;
}

function PlainButton({
  inert,
  busy,
  onClick,
  children,
  type = "button",
  ...rest
}: PlainButtonProps) {
  const guard = (event: MouseEvent<HTMLButtonElement>) => {
    if (inert) {
      event.preventDefault();
      return;
    }
    onClick?.(event);
  };
  return (
    <button
      type={type}
      aria-disabled={inert || undefined}
      aria-busy={busy || undefined}
      onClick={guard}
      {...rest}
    >
      {busy && <LoaderCircle className="animate-spin" aria-hidden />}
      {children}
    </button>
  );
}
