/**
 * The words about calls of tools, in all languages: they are fetched with the
 * lines that say them. Each stands behind the name of a tool and a colon.
 */
const words = {
  en: {
    running: "in progress",
    asked: "waiting for approval",
    done: "done",
    failed: "did not work",
    denied: "was not allowed",
    undone: "was not done",
    unknown: "not known whether it was done",
    mayI: "May I do this?",
    yes: "Yes, do it",
    no: "No",
    late: "This can no longer be decided.",
  },
  de: {
    running: "läuft",
    asked: "wartet auf Freigabe",
    done: "erledigt",
    failed: "hat nicht geklappt",
    denied: "war nicht erlaubt",
    undone: "wurde nicht ausgeführt",
    unknown: "ungewiss, ob es ausgeführt wurde",
    mayI: "Darf ich das tun?",
    yes: "Ja, bitte",
    no: "Nein",
    late: "Das lässt sich nicht mehr entscheiden.",
  },
  fr: {
    running: "en cours",
    asked: "en attente d’une autorisation",
    done: "terminé",
    failed: "n’a pas fonctionné",
    denied: "n’a pas été autorisé",
    undone: "n’a pas été fait",
    unknown: "on ne sait pas si cela a été fait",
    mayI: "Puis-je le faire ?",
    yes: "Oui",
    no: "Non",
    late: "Ce n’est plus possible.",
  },
  es: {
    running: "en curso",
    asked: "a la espera de autorización",
    done: "hecho",
    failed: "no ha funcionado",
    denied: "no se ha permitido",
    undone: "no se ha hecho",
    unknown: "no se sabe si se ha hecho",
    mayI: "¿Puedo hacerlo?",
    yes: "Sí, adelante",
    no: "No",
    late: "Ya no se puede decidir.",
  },
  ar: {
    running: "قيد التنفيذ",
    asked: "بانتظار الموافقة",
    done: "تم",
    failed: "لم ينجح",
    denied: "غير مسموح به",
    undone: "لم يُنفَّذ",
    unknown: "لا يُعرف إن كان قد نُفِّذ",
    mayI: "هل يمكنني القيام بذلك؟",
    yes: "نعم",
    no: "لا",
    late: "لم يعد بالإمكان البتّ في هذا.",
  },
};

export type CallWords = (typeof words)["en"];

export const callWords: Record<string, CallWords> = words;

export function wordsFor(tag: string): CallWords {
  return callWords[tag] ?? words.en;
}
