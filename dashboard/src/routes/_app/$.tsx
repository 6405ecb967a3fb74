import { createFileRoute } from "@tanstack/react-router";
import { PageMissing } from "@/components/page-states";

export const Route = createFileRoute("/_app/$")({ component: PageMissing });
