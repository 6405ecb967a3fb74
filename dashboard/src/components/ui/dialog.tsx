import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";

export const Dialog = Radix.Root;
export const DialogTrigger = Radix.Trigger;
export const DialogClose = Radix.Close;

/**
 * The darkened page behind a dialog. Radix's own overlay locks scrolling with a style element,
 * which the Content-Security-Policy refuses; data-scroll-lock does the same from the style sheet.
 */
function Scrim() {
  return <div className="fixed inset-0 z-40 animate-fade bg-scrim" />;
}

interface DialogContentProps extends Omit<ComponentProps<typeof Radix.Content>, "title"> {
  title: ReactNode;
  description?: ReactNode;
  wide?: boolean;
}

export function DialogContent({
  title,
  description,
  wide,
  className,
  children,
  ...rest
}: DialogContentProps) {
  return (
    <Radix.Portal>
      <Scrim />
      <div className="pointer-events-none fixed inset-0 z-50 grid place-items-end sm:place-items-center sm:p-6">
        <Radix.Content
          data-scroll-lock=""
          className={cn(
            "pointer-events-auto flex max-h-[min(92dvh,52rem)] w-full animate-rise flex-col overflow-hidden rounded-t-card border bg-surface shadow-float focus:outline-none sm:rounded-card",
            wide ? "sm:max-w-2xl" : "sm:max-w-md",
            className,
          )}
          onCloseAutoFocus={keepFocusOnPage}
          {...(description ? {} : { "aria-describedby": undefined })}
          {...rest}
        >
          <div className="flex items-start justify-between gap-4 px-5 pt-5">
            <div className="flex min-w-0 flex-col gap-1">
              <Radix.Title className="text-base font-semibold tracking-tight wrap-anywhere">
                {title}
              </Radix.Title>
              {description && (
                <Radix.Description className="text-muted">{description}</Radix.Description>
              )}
            </div>
            <CloseButton />
          </div>
          {children}
        </Radix.Content>
      </div>
    </Radix.Portal>
  );
}

/** Focus goes back to what opened the dialog; where that has gone meanwhile, to the page itself. */
function keepFocusOnPage() {
  setTimeout(() => {
    if (document.activeElement !== document.body) return;
    document.getElementById("main")?.focus({ preventScroll: true });
  });
}

function CloseButton() {
  return (
    <Radix.Close
      aria-label="Close"
      className="-me-1.5 -mt-1.5 grid size-8 shrink-0 place-items-center rounded-control text-faint transition-colors hover:bg-sunken hover:text-ink"
    >
      <X className="size-4" aria-hidden />
    </Radix.Close>
  );
}

export function DialogBody({ className, ...rest }: ComponentProps<"div">) {
  return (
    <div className={cn("flex min-h-0 flex-col gap-4 overflow-y-auto p-5", className)} {...rest} />
  );
}

export function DialogFooter({ className, ...rest }: ComponentProps<"div">) {
  return (
    <div
      className={cn("flex flex-wrap justify-end gap-2 border-t bg-sunken/60 px-5 py-3", className)}
      {...rest}
    />
  );
}

interface DrawerProps {
  title: string;
  children: ReactNode;
}

/** A panel from the reading side's edge: the navigation on phones. */
export function Drawer({ title, children }: DrawerProps) {
  return (
    <Radix.Portal>
      <Scrim />
      <Radix.Content
        data-scroll-lock=""
        aria-describedby={undefined}
        className="fixed inset-y-0 start-0 z-50 flex w-72 max-w-[85vw] animate-slide flex-col bg-paper shadow-float focus:outline-none"
      >
        <Radix.Title className="sr-only">{title}</Radix.Title>
        <div className="absolute end-3 top-4">
          <CloseButton />
        </div>
        {children}
      </Radix.Content>
    </Radix.Portal>
  );
}
