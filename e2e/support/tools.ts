import { platform } from "../platform/platform";
import type { Tool } from "./workspace";

/** A tool that Parley does itself. */
export const calculator: Tool = {
  name: "calculate",
  title: "Calculator",
  kind: "builtin",
  class: "read",
  policy: { default: "allow" },
};

/** A tool that the visitor's page does. */
export const cart: Tool = {
  name: "add_to_cart",
  title: "Add to the cart",
  description: "Puts something into the cart.",
  kind: "client",
  class: "write",
  inputSchema: {
    type: "object",
    properties: { id: { type: "string" } },
    required: ["id"],
  },
  policy: { default: "allow" },
};

/** A question for which the model calls tools, and then gives the answer. */
export async function toolQuestion(
  mark: string,
  calls: { name: string; arguments: unknown }[],
  answer: string,
): Promise<string> {
  const match = { text: mark, endpoint: "responses" };
  for (const script of [
    { match, calls },
    { match, afterTools: true, text: answer },
  ]) {
    const response = await fetch(`${platform().simulatorUrl}/_scripts`, {
      method: "POST",
      body: JSON.stringify(script),
    });
    if (!response.ok) throw new Error(`the simulator refused: ${await response.text()}`);
  }
  return mark;
}
