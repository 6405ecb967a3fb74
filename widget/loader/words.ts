/** What the launcher is called, closed and open, in the languages of the panel. */
const words: Record<string, string> = {
  de: "Chat öffnen|Chat schließen",
  fr: "Ouvrir la discussion|Fermer la discussion",
  es: "Abrir el chat|Cerrar el chat",
  ar: "فتح المحادثة|إغلاق المحادثة",
};

export function launcherName(locale: string, open: boolean): string {
  const names = words[locale.slice(0, 2).toLowerCase()] ?? "Open chat|Close chat";
  return names.split("|")[open ? 1 : 0] as string;
}
