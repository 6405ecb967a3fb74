import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_COLOR, hexOf } from "../../loader/look";
import { contrast, inkOn, inkRule, rgb } from "./colors";

const byte = fc.nat({ max: 255 });
const color = fc.tuple(byte, byte, byte);

test("words on any brand colour can be read", () => {
  fc.assert(
    fc.property(color, (brand) => {
      expect(contrast(rgb(inkOn(brand)), brand)).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test("contrast is measured as the guidelines say", () => {
  expect(contrast(rgb("#ffffff"), rgb("#000000"))).toBeCloseTo(21);
  expect(contrast(rgb("#777777"), rgb("#ffffff"))).toBeCloseTo(4.48, 1);
});

test.each(["red;} * {display:none", "", "#12", "#1234567", "url(x)"])(
  "%j is not taken for a colour",
  (text) => {
    expect(hexOf(text)).toBe(DEFAULT_COLOR);
    expect(inkRule(text)).not.toContain("display");
  },
);
