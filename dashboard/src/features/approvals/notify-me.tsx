import { Bell, BellRing } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";

/** Offers notifications of the browser; it asks only when it is pressed. */
export function NotifyMe() {
  const [permission, setPermission] = useState(() =>
    "Notification" in window ? Notification.permission : "denied",
  );
  if (permission === "denied") return null;
  if (permission === "granted") {
    return (
      <span className="flex items-center gap-1.5 text-faint text-xs">
        <BellRing className="size-3.5" aria-hidden /> You are notified
      </span>
    );
  }
  return (
    <Button size="sm" onClick={async () => setPermission(await Notification.requestPermission())}>
      <Bell aria-hidden /> Notify me
    </Button>
  );
}
