export const DEFAULT_COLOR = "#5b4be1";

/** The colour if it is written as #rrggbb; the default for anything else. */
export function hexOf(color = ""): string {
  return /^#[\da-f]{6}$/i.test(color) ? color : DEFAULT_COLOR;
}
