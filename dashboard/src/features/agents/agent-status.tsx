import type { Agent } from "@/api/types";
import { Badge } from "@/components/ui/badge";

/** Whether visitors can meet the agent, and whether they meet it as it stands here. */
export function AgentStatus({ agent }: { agent: Agent }) {
  if (!agent.publishedVersion) return <Badge>Not published</Badge>;
  const version = `v${agent.publishedVersion.number}`;
  if (agent.hasUnpublishedChanges)
    return <Badge tone="warn">{version}, with unpublished changes</Badge>;
  return <Badge tone="success">Published, {version}</Badge>;
}
