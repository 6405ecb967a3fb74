import { expect, it } from "vitest";
import { safePath } from "@/lib/safe-path";

it("lets paths of this origin pass, and nothing that leads away", () => {
  expect(safePath("/dashboard/agents?x=1")).toBe("/dashboard/agents?x=1");
  for (const bad of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "agents",
    "",
    7,
  ]) {
    expect(safePath(bad)).toBeUndefined();
  }
});
