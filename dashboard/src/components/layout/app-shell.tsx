import { useLocation } from "@tanstack/react-router";
import { Menu as MenuIcon } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Logo } from "@/components/layout/logo";
import { Navigation } from "@/components/layout/navigation";
import { Button } from "@/components/ui/button";
import { Dialog, DialogTrigger, Drawer } from "@/components/ui/dialog";

/** The frame around every page of a signed-in person. */
export function AppShell({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col lg:flex-row">
      <a
        href="#main"
        className="fixed start-3 -top-20 z-50 rounded-control bg-ink px-4 py-2 font-medium text-paper focus:top-3"
      >
        Skip to the content
      </a>
      <aside className="sticky top-0 z-20 hidden h-dvh w-60 shrink-0 flex-col border-e lg:flex">
        <Navigation />
      </aside>
      <PhoneBar />
      <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col focus:outline-none">
        {children}
      </main>
    </div>
  );
}

function PhoneBar() {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: going anywhere closes the drawer
  useEffect(() => setOpen(false), [pathname]);
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center justify-between border-b bg-paper/95 px-4 backdrop-blur lg:hidden">
      <Logo />
      <Dialog open={open} onOpenChange={setOpen}>
        <DialogTrigger asChild>
          <Button variant="ghost" size="icon" aria-label="Open the navigation">
            <MenuIcon className="size-5!" aria-hidden />
          </Button>
        </DialogTrigger>
        <Drawer title="Navigation">
          <Navigation />
        </Drawer>
      </Dialog>
    </header>
  );
}
