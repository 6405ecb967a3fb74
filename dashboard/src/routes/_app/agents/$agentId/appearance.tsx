import { createFileRoute } from "@tanstack/react-router";
import { Appearance } from "@/features/agents/editor/appearance";

export const Route = createFileRoute("/_app/agents/$agentId/appearance")({ component: Appearance });
