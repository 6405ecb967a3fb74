import { createFileRoute } from "@tanstack/react-router";
import { Guardrails } from "@/features/agents/guardrails/guardrails";

export const Route = createFileRoute("/_app/agents/$agentId/guardrails")({ component: Guardrails });
