import { platform } from "../platform/platform";
import type { Customer } from "./test";

/** Opens a visitor's session as a page of the customer's site does, and gives its token. */
export async function visitorToken({ agent, site }: Customer): Promise<string> {
  const response = await fetch(`${platform().apiUrl}/v1/widget/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: site.origin },
    body: JSON.stringify({ agentId: agent.id, publishableKey: agent.publishableKey }),
  });
  if (!response.ok) throw new Error(`no session: ${await response.text()}`);
  const { token } = (await response.json()) as { token: string };
  return token;
}

/** Where the AI SDK's transport finds an agent. */
export function chatUrl({ agent }: Customer): string {
  return `${platform().apiUrl}/v1/agents/${agent.id}/chat`;
}
