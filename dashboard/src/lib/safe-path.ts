/** The text if it is a path of our own origin: a link to us must not lead people elsewhere. */
export function safePath(text: unknown): string | undefined {
  return typeof text === "string" && /^\/(?![/\\])/.test(text) ? text : undefined;
}
