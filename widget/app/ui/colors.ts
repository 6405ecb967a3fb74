import { hexOf } from "../../loader/look";

type Rgb = [number, number, number];

/** WCAG AA for text of ordinary size. */
const ENOUGH = 4.5;
const INKS = ["#ffffff", "#14161f"];

/** Red, green and blue of #rrggbb, from 0 to 255. */
export function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The contrast of two colours as WCAG defines it, from 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].toSorted((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (value: number) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** What is written on the brand's colour: the first of white, ink and black that can be read. */
export function inkOn(color: Rgb): string {
  return INKS.find((ink) => contrast(color, rgb(ink)) >= ENOUGH) ?? "#000000";
}

/** The rule that says in which colour words stand on the brand's. */
export function inkRule(color: string | undefined): string {
  return `:host{--brand-ink:${inkOn(rgb(hexOf(color)))}}`;
}
