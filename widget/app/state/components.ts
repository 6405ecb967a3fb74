import { isRecord, type Part } from "../protocol";

export interface Link {
  label: string;
  url: string;
}

export interface Picture {
  url: string;
  alt: string;
  caption?: string;
}

export interface Field {
  name: string;
  label: string;
  type: "text" | "longtext" | "email" | "tel" | "number" | "date" | "choice" | "checkbox";
  required?: boolean;
  options?: string[];
}

/** What an answer can show beside its text, as the server has checked it. */
export type Component =
  | { component: "card"; props: { title: string; text?: string; image?: Picture; links?: Link[] } }
  | { component: "list"; props: { title?: string; items: Item[] } }
  | { component: "form"; props: { title: string; fields: Field[]; submit?: string } }
  | { component: "link"; props: Link }
  | { component: "image"; props: Picture }
  | { component: "confirmation"; props: { text: string; confirm: string; cancel: string } };

export interface Item {
  title: string;
  text?: string;
  url?: string;
}

export type Value = string | number | boolean;

/** What a form holds while it is filled in: as it was typed. */
export type Typed = Record<string, string | boolean>;

export function componentOf({ data }: Part): Component | undefined {
  return isRecord(data) && isRecord(data.props) ? (data as unknown as Component) : undefined;
}

/** What goes to the server, and what people read of it. Fields that hold nothing are left out. */
export function filledIn(
  fields: Field[],
  typed: Typed,
): { values: Record<string, Value>; text: string } {
  const values: Record<string, Value> = {};
  const lines: string[] = [];
  for (const { name, label, type } of fields) {
    const said = typed[name];
    const value = typeof said === "string" ? said.trim() : said;
    if (!value) continue;
    values[name] = type === "number" ? Number(value) : value;
    lines.push(`${label}: ${value === true ? "✓" : value}`);
  }
  return { values, text: lines.join("\n") };
}

/** Addresses as they may be followed: the server lets no others through, and neither do we. */
export function followable(url: string): string | undefined {
  return /^(https:\/\/|mailto:|tel:)/i.test(url) ? url : undefined;
}

/**
 * Whether a picture comes from the site that shows it. Loading one from elsewhere tells
 * its server who reads, so that is the visitor's to decide.
 */
export function isFromHere(url: string, host: string): boolean {
  const own = host.replace(/^www\./, "");
  try {
    const from = new URL(url);
    return from.protocol === "https:" && (from.host === own || from.host.endsWith(`.${own}`));
  } catch {
    return false;
  }
}
