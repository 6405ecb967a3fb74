import { Link, type LinkProps } from "@tanstack/react-router";
import {
  Bot,
  Cpu,
  House,
  KeyRound,
  type LucideIcon,
  MessagesSquare,
  Settings,
  ShieldCheck,
} from "lucide-react";
import type { ComponentType } from "react";
import { Logo } from "@/components/layout/logo";
import { OpenCount } from "@/features/approvals/open-count";
import { WaitingCount } from "@/features/conversations/waiting-count";
import { SimulationNotice } from "@/features/provider/simulation-notice";
import { TenantSwitcher } from "@/features/session/tenant-switcher";
import { UserMenu } from "@/features/session/user-menu";

interface Room {
  to: LinkProps["to"];
  label: string;
  icon: LucideIcon;
  exact?: boolean;
  /** What stands behind the label, such as a count. */
  aside?: ComponentType;
}

const work: Room[] = [
  { to: "/", label: "Home", icon: House, exact: true },
  { to: "/agents", label: "Agents", icon: Bot },
  { to: "/conversations", label: "Conversations", icon: MessagesSquare, aside: WaitingCount },
  { to: "/approvals", label: "Approvals", icon: ShieldCheck, aside: OpenCount },
];

const setup: Room[] = [
  { to: "/keys", label: "API keys", icon: KeyRound },
  { to: "/provider", label: "Model provider", icon: Cpu },
  { to: "/settings", label: "Settings", icon: Settings },
];

/** The rooms of the dashboard: a side bar on desktops, a drawer on phones. */
export function Navigation() {
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 p-3">
      <div className="px-2 pt-1.5">
        <Link to="/" className="inline-flex rounded-control" aria-label="Parley, home">
          <Logo />
        </Link>
      </div>
      <TenantSwitcher />
      <nav aria-label="Main" className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto">
        <Rooms rooms={work} />
        <div className="flex flex-col gap-1">
          <p className="px-2 font-medium text-faint text-xs">Set up</p>
          <Rooms rooms={setup} />
        </div>
      </nav>
      <SimulationNotice />
      <UserMenu />
    </div>
  );
}

function Rooms({ rooms }: { rooms: Room[] }) {
  return (
    <ul className="flex flex-col gap-0.5">
      {rooms.map(({ to, label, icon: Icon, exact, aside: Aside }) => (
        <li key={to}>
          <Link
            to={to}
            activeOptions={{ exact: exact ?? false, includeSearch: false }}
            className="group flex items-center gap-2.5 rounded-control px-2 py-2 font-medium text-muted transition-colors hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent-text sm:py-1.5"
          >
            <Icon className="size-4 shrink-0" aria-hidden />
            <span className="flex-1">{label}</span>
            {Aside && <Aside />}
          </Link>
        </li>
      ))}
    </ul>
  );
}
