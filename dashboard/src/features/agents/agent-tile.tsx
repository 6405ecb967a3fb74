import type { Agent } from "@/api/types";
import { contrast, isHexColor } from "@/lib/color";

/** The agent's initial in its own colour. */
export function AgentTile({ agent }: { agent: Pick<Agent, "name" | "draft"> }) {
  const chosen = agent.draft.appearance.color;
  const ground = isHexColor(chosen) ? chosen : "#5b4be1";
  const ink = contrast(ground, "#ffffff") >= contrast(ground, "#14161f") ? "#ffffff" : "#14161f";
  return (
    <span
      aria-hidden
      className="grid size-10 shrink-0 place-items-center rounded-card font-semibold uppercase"
      style={{ backgroundColor: ground, color: ink }}
    >
      {[...agent.name.trim()][0] ?? "?"}
    </span>
  );
}
