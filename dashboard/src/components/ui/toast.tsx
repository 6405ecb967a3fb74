import { CircleAlert, CircleCheck, X } from "lucide-react";
import { Toast as Radix } from "radix-ui";
import { useSyncExternalStore } from "react";
import { cn } from "@/lib/cn";

interface ToastItem {
  id: number;
  text: string;
  tone: "success" | "danger";
}

let items: readonly ToastItem[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function publish(next: readonly ToastItem[]) {
  items = next;
  for (const listener of listeners) listener();
}

/** Says briefly that something has happened. What needs an answer belongs on the page. */
export function toast(text: string, tone: ToastItem["tone"] = "success") {
  lastId += 1;
  publish([...items, { id: lastId, text, tone }]);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Shows the toasts; once, at the root of the application. */
export function Toaster() {
  const shown = useSyncExternalStore(subscribe, () => items);
  return (
    <Radix.Provider swipeDirection="right" duration={4000}>
      {shown.map((item) => (
        <ToastCard
          key={item.id}
          item={item}
          onGone={() => publish(items.filter((other) => other.id !== item.id))}
        />
      ))}
      <Radix.Viewport className="fixed end-0 bottom-0 z-50 flex w-full max-w-sm flex-col gap-2 p-4 outline-none sm:p-6" />
    </Radix.Provider>
  );
}

function ToastCard({ item, onGone }: { item: ToastItem; onGone: () => void }) {
  const Icon = item.tone === "success" ? CircleCheck : CircleAlert;
  return (
    <Radix.Root
      type="background"
      onOpenChange={(open) => !open && onGone()}
      className="flex animate-rise items-center gap-3 rounded-card bg-ink px-4 py-3 text-paper shadow-float"
    >
      <Icon
        aria-hidden
        className={cn(
          "size-4 shrink-0",
          item.tone === "danger" && "text-[#ff9c94] dark:text-danger",
        )}
      />
      <Radix.Title className="min-w-0 flex-1 font-medium wrap-anywhere">{item.text}</Radix.Title>
      <Radix.Close aria-label="Dismiss" className="opacity-70 hover:opacity-100">
        <X className="size-4" aria-hidden />
      </Radix.Close>
    </Radix.Root>
  );
}
