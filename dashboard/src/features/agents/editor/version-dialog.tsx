import type { AgentConfig, AgentVersion } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent, DialogTrigger } from "@/components/ui/dialog";
import { ChangeList } from "@/features/agents/editor/change-list";
import { changesBetween } from "@/features/agents/editor/changes";
import { recoveryLabel } from "@/features/agents/editor/recovery";
import { useEditor } from "@/features/agents/editor/use-editor";
import { formatTime } from "@/lib/format";

interface VersionDialogProps {
  version: AgentVersion;
  live: boolean;
}

/** A version as it was published, and how the draft differs from it. */
export function VersionDialog({ version, live }: VersionDialogProps) {
  const { agent } = useEditor();
  const changes = changesBetween(version.config, agent.draft);
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button variant="ghost" size="sm" aria-label={`View version ${version.number}`}>
          View
        </Button>
      </DialogTrigger>
      <DialogContent
        wide
        title={`Version ${version.number}`}
        description={`Published ${formatTime(version.createdAt)}${live ? "; visitors meet it now" : ""}.`}
      >
        <DialogBody className="gap-6">
          <Configuration config={version.config} />
          <section className="flex flex-col gap-3 border-t pt-5">
            <h2 className="font-semibold">
              {changes.length === 0 ? "The draft is the same" : "How the draft differs"}
            </h2>
            <ChangeList changes={changes} />
          </section>
        </DialogBody>
      </DialogContent>
    </Dialog>
  );
}

function Configuration({ config }: { config: AgentConfig }) {
  return (
    <dl className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
      <Entry wide label="Instructions">
        <p className="max-h-56 overflow-y-auto whitespace-pre-wrap rounded-control border bg-paper p-3 font-mono text-xs leading-5">
          {config.instructions || "None"}
        </p>
      </Entry>
      <Entry label="Model">{config.model || "The workspace's default"}</Entry>
      <Entry label="Longest answer">
        {config.maxOutputTokens ? `${config.maxOutputTokens} tokens` : "No limit"}
      </Entry>
      <Entry label="Greeting">{config.greeting || "None"}</Entry>
      <Entry label="Starter prompts">{config.starterPrompts.join(" · ") || "None"}</Entry>
      <Entry label="Allowed sites">{config.allowedOrigins.join(", ") || "None"}</Entry>
      <Entry label="Follow-up questions">{config.suggestions ? "On" : "Off"}</Entry>
      <Entry label="After a failure">{recoveryLabel(config.recovery)}</Entry>
    </dl>
  );
}

interface EntryProps {
  label: string;
  wide?: boolean;
  children: React.ReactNode;
}

function Entry({ label, wide, children }: EntryProps) {
  return (
    <div className={wide ? "sm:col-span-2" : undefined}>
      <dt className="text-[0.8125rem] text-muted">{label}</dt>
      <dd className="wrap-anywhere">{children}</dd>
    </div>
  );
}
