import type { AgentHandoff } from "@/api/types";

/** A name for a handoff, made of the agent's own and not taken yet. */
export function freeName(agent: string, taken: Pick<AgentHandoff, "name">[]): string {
  const plain = agent
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 36);
  const base = !plain || plain === "person" ? "agent" : plain;
  const isTaken = (name: string) => taken.some((other) => other.name === name);
  let name = base;
  for (let number = 2; isTaken(name); number++) name = `${base}_${number}`;
  return name;
}
