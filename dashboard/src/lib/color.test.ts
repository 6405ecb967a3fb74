import { expect, it } from "vitest";
import { contrast, isHexColor } from "@/lib/color";

it("knows colours of six digits alone", () => {
  expect(isHexColor("#5B4be1")).toBe(true);
  for (const other of ["", "5b4be1", "#5b4", "#5b4be1ff", "#5b4bez", "red"]) {
    expect(isHexColor(other)).toBe(false);
  }
});

it("computes WCAG contrast, in either order", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#ffffff", "#ffffff")).toBeCloseTo(1);
  expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2); // the classic lightest grey that passes
  expect(contrast("#ffffff", "#767676")).toBeCloseTo(4.54, 2);
});
