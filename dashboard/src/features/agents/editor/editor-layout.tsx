import { Link, Outlet, useMatchRoute } from "@tanstack/react-router";
import { ChevronLeft, Eye } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogTrigger } from "@/components/ui/dialog";
import { AgentStatus } from "@/features/agents/agent-status";
import { DeleteAgent } from "@/features/agents/delete-agent";
import { DraftNotices } from "@/features/agents/editor/draft-notices";
import { LeaveGuard } from "@/features/agents/editor/leave-guard";
import { Preview } from "@/features/agents/editor/preview";
import { Publish } from "@/features/agents/editor/publish";
import { SaveIndicator } from "@/features/agents/editor/save-indicator";
import { EditorProvider, useAgentEditor, useEditor } from "@/features/agents/editor/use-editor";
import { cn } from "@/lib/cn";
import { useWide } from "@/lib/use-wide";

/** The frame of an agent's page: its state, its tabs, and the preview beside what shapes it. */
export function EditorLayout({ agentId }: { agentId: string }) {
  const editor = useAgentEditor(agentId);
  const matches = useMatchRoute();
  const params = { agentId };
  const shaped =
    matches({ to: "/agents/$agentId", params }) ||
    matches({ to: "/agents/$agentId/appearance", params });
  const plays = matches({ to: "/agents/$agentId/playground", params });
  const wide = useWide("80rem");
  return (
    <EditorProvider value={editor}>
      <div
        className={cn(
          "mx-auto flex w-full flex-col gap-6 px-4 py-6 sm:px-8 sm:py-8",
          plays ? "max-w-[100rem]" : "max-w-6xl",
        )}
      >
        <Header />
        <Tabs />
        <DraftNotices />
        <div className="flex items-start gap-8">
          <div className="flex min-w-0 flex-1 flex-col gap-6">
            <Outlet />
          </div>
          {shaped && wide && (
            <aside
              aria-label="Preview"
              className="sticky top-8 h-[calc(100dvh-4rem)] max-h-[44rem] w-[25.5rem] shrink-0"
            >
              <Preview desktop />
            </aside>
          )}
        </div>
      </div>
      {shaped && !wide && <PreviewDialog />}
      <LeaveGuard />
    </EditorProvider>
  );
}

function Header() {
  const { agent, form } = useEditor();
  const name = form.watch("name").trim() || agent.name;
  return (
    <header className="flex flex-col gap-3">
      <Link
        to="/agents"
        className="-ms-1 inline-flex items-center gap-1 self-start rounded-control font-medium text-muted hover:text-ink"
      >
        <ChevronLeft className="size-4 rtl:rotate-180" aria-hidden />
        Agents
      </Link>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-0 flex-wrap items-center gap-3">
          <h1 className="text-2xl font-semibold tracking-tight wrap-anywhere">{name}</h1>
          <AgentStatus agent={agent} />
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <SaveIndicator />
          <Publish />
          <DeleteAgent agent={agent} />
        </div>
      </div>
    </header>
  );
}

const tabs = [
  { to: "/agents/$agentId", label: "Behaviour", exact: true },
  { to: "/agents/$agentId/tools", label: "Tools", exact: false },
  { to: "/agents/$agentId/handoffs", label: "Handoffs", exact: false },
  { to: "/agents/$agentId/guardrails", label: "Guardrails", exact: false },
  { to: "/agents/$agentId/playground", label: "Playground", exact: false },
  { to: "/agents/$agentId/appearance", label: "Appearance", exact: false },
  { to: "/agents/$agentId/install", label: "Install", exact: false },
  { to: "/agents/$agentId/versions", label: "Versions", exact: false },
] as const;

function Tabs() {
  const { agent } = useEditor();
  return (
    <div className="border-b">
      <nav aria-label="Agent" className="-mb-px flex overflow-x-auto">
        {tabs.map(({ to, label, exact }) => (
          <Link
            key={to}
            to={to}
            params={{ agentId: agent.id }}
            activeOptions={{ exact }}
            resetScroll={false}
            className="shrink-0 border-transparent border-b-2 px-3 py-2.5 font-medium text-muted transition-colors -outline-offset-2 first:ps-0 first:ms-0 hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink"
          >
            {label}
          </Link>
        ))}
      </nav>
    </div>
  );
}

/** The preview where there is no room beside the form. */
function PreviewDialog() {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button
          variant="primary"
          className="sticky bottom-4 z-20 me-4 self-end rounded-full shadow-float"
        >
          <Eye aria-hidden />
          Preview
        </Button>
      </DialogTrigger>
      <DialogContent title="Preview" className="h-[92dvh]">
        <div className="min-h-0 flex-1 p-4">
          <Preview />
        </div>
      </DialogContent>
    </Dialog>
  );
}
