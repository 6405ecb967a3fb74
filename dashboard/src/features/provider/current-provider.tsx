import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { Cpu, FlaskConical, Globe } from "lucide-react";
import type { Provider } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/confirm";
import { toast } from "@/components/ui/toast";
import { useDeps } from "@/deps";
import { providerQuery } from "@/features/provider/queries";
import { useRefusal } from "@/features/session/permissions";
import { meQuery } from "@/features/session/queries";
import { formatTime } from "@/lib/format";

/** Who answers at the moment. */
export function CurrentProvider({ provider }: { provider: Provider | null }) {
  const { data: me } = useSuspenseQuery(meQuery(useDeps()));
  const { Icon, title, text } = describe(provider, me.platform.simulated);
  return (
    <Card className="flex flex-wrap items-center gap-4 p-5">
      <span className="grid size-10 shrink-0 place-items-center rounded-card bg-accent-soft text-accent-text">
        <Icon className="size-5" aria-hidden />
      </span>
      <div className="min-w-0 flex-1 basis-52">
        <h2 className="font-semibold wrap-anywhere">{title}</h2>
        <p className="text-muted text-pretty">{text}</p>
      </div>
      {provider && <Disconnect />}
    </Card>
  );
}

function describe(provider: Provider | null, simulated: boolean) {
  if (provider) {
    return {
      Icon: Globe,
      title: new URL(provider.baseUrl).host,
      text: `Your own account, with the key that ends in ${provider.keyHint}, since ${formatTime(provider.updatedAt)}.`,
    };
  }
  if (simulated) {
    return {
      Icon: FlaskConical,
      title: "The built-in simulator answers",
      text: "It costs nothing and knows nothing: good for trying things out, not for visitors.",
    };
  }
  return {
    Icon: Cpu,
    title: "The platform’s provider answers",
    text: "Whoever runs this Parley has set one up for everybody. Connect your own to use another.",
  };
}

function Disconnect() {
  const deps = useDeps();
  const refused = useRefusal("provider:write");
  const remove = useMutation({
    mutationFn: () => deps.api.DELETE("/v1/provider"),
    onSuccess: async () => {
      deps.queries.setQueryData(providerQuery(deps).queryKey, null);
      await deps.queries.invalidateQueries({ queryKey: meQuery(deps).queryKey });
      toast("The provider is disconnected");
    },
  });
  const trigger = (
    <Button variant="quietDanger" size="sm" blocked={refused}>
      Disconnect
    </Button>
  );
  if (refused) return trigger;
  return (
    <Confirm
      danger
      trigger={trigger}
      title="Disconnect the provider?"
      action="Disconnect"
      onConfirm={() => remove.mutateAsync()}
    >
      The stored key is deleted, and the platform’s own model answers from the next message on.
    </Confirm>
  );
}
