import { en, type Strings } from "./en";

/** The words of one language, and the way it is written. */
export interface Locale {
  tag: string;
  dir: "ltr" | "rtl";
  strings: Strings;
}

export const english: Locale = { tag: "en", dir: "ltr", strings: en };

/** Languages beside English; each is fetched only by those who read it. */
const others: Record<string, () => Promise<Strings>> = {
  ar: () => import("./ar").then((module) => module.ar),
  de: () => import("./de").then((module) => module.de),
  es: () => import("./es").then((module) => module.es),
  fr: () => import("./fr").then((module) => module.fr),
};

/** The words for a language tag like "de-AT"; English where we have none. */
export async function loadLocale(tag: string): Promise<Locale> {
  const language = tag.toLowerCase().split("-")[0] ?? "";
  const load = others[language];
  if (!load) return english;
  try {
    return { tag: language, dir: language === "ar" ? "rtl" : "ltr", strings: await load() };
  } catch {
    return english; // A lost chunk must not take the chat with it.
  }
}

/** Puts values into the {places} of a text. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
