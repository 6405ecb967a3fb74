import { useMutation } from "@tanstack/react-query";
import { bodyOf } from "@/api/client";
import type { components } from "@/api/schema.gen";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { usageQuery } from "@/features/home/queries";
import { meQuery } from "@/features/session/queries";
import { settingsQuery } from "@/features/settings/queries";

type Change = components["schemas"]["UpdateSettingsInputBody"];

/** Saves a part of the settings, and refreshes what elsewhere shows it. */
export function useSaveSettings() {
  const deps = useDeps();
  return useMutation({
    mutationFn: (body: Change) => bodyOf(deps.api.PATCH("/v1/settings", { body })),
    onSuccess: async (settings) => {
      deps.queries.setQueryData(settingsQuery(deps).queryKey, settings);
      void deps.queries.invalidateQueries({ queryKey: usageQuery(deps).queryKey });
      await deps.queries.invalidateQueries({ queryKey: meQuery(deps).queryKey });
      toast("Saved");
    },
  });
}
