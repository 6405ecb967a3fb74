import { createFileRoute } from "@tanstack/react-router";
import { Behaviour } from "@/features/agents/editor/behaviour";

export const Route = createFileRoute("/_app/agents/$agentId/")({ component: Behaviour });
