import { useSuspenseInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { itemsOf } from "@/api/pages";
import { Alert } from "@/components/ui/alert";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { useDeps } from "@/deps";
import { useEditor } from "@/features/agents/editor/use-editor";
import { Instructions } from "@/features/agents/install/instructions";
import { KeyPicker, usablePublishableKeys } from "@/features/agents/install/key-picker";
import type { SnippetOptions } from "@/features/agents/install/snippet";
import { type Overrides, SnippetOverrides } from "@/features/agents/install/snippet-overrides";
import { keysQuery } from "@/features/keys/queries";
import { useRefusal } from "@/features/session/permissions";
import { meQuery } from "@/features/session/queries";

/** The snippet for this agent, put together from a key and a few options. */
export function SnippetCard() {
  const refused = useRefusal("keys:read");
  return (
    <Card id="snippet">
      <CardHeader
        title="Snippet"
        description="Put it into the HTML of each page that shall show the widget, best before </body>."
      />
      <CardBody>
        {refused ? <Alert title="You cannot see keys">{refused}</Alert> : <SnippetWithKey />}
      </CardBody>
    </Card>
  );
}

function SnippetWithKey() {
  const deps = useDeps();
  const { agent } = useEditor();
  const { data: me } = useSuspenseQuery(meQuery(deps));
  const { data } = useSuspenseInfiniteQuery(keysQuery(deps));
  const [keyId, setKeyId] = useState("");
  const [overrides, setOverrides] = useState<Overrides>({});
  const keys = usablePublishableKeys(itemsOf(data));
  const chosen = keys.find(({ id }) => id === keyId) ?? keys[0];
  const options: SnippetOptions = {
    publicUrl: me.platform.publicUrl.replace(/\/+$/, ""),
    agentId: agent.id,
    publishableKey: chosen?.key ?? "pk_…",
    ...overrides,
  };
  return (
    <>
      <KeyPicker value={chosen?.id ?? ""} onChange={setKeyId} />
      <SnippetOverrides value={overrides} onChange={setOverrides} />
      <Instructions options={options} usable={chosen !== undefined} />
    </>
  );
}
