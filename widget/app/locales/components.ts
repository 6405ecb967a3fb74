/** The words of cards, forms and their like, in all languages: fetched with them. */
const words = {
  en: {
    send: "Send",
    sent: "Sent",
    choose: "Choose…",
    optional: "optional",
    missing: "Please fill this in.",
    invalid: "Please check this.",
    picture: "Show the picture from {host}",
    offered: "To fill in",
    asked: "To confirm",
  },
  de: {
    send: "Absenden",
    sent: "Gesendet",
    choose: "Auswählen …",
    optional: "optional",
    missing: "Bitte füllen Sie das aus.",
    invalid: "Bitte prüfen Sie das.",
    picture: "Bild von {host} anzeigen",
    offered: "Zum Ausfüllen",
    asked: "Zum Bestätigen",
  },
  fr: {
    send: "Envoyer",
    sent: "Envoyé",
    choose: "Choisir…",
    optional: "facultatif",
    missing: "Veuillez remplir ce champ.",
    invalid: "Veuillez vérifier ce champ.",
    picture: "Afficher l’image de {host}",
    offered: "À remplir",
    asked: "À confirmer",
  },
  es: {
    send: "Enviar",
    sent: "Enviado",
    choose: "Elegir…",
    optional: "opcional",
    missing: "Rellene este campo.",
    invalid: "Revise este campo.",
    picture: "Mostrar la imagen de {host}",
    offered: "Para rellenar",
    asked: "Para confirmar",
  },
  ar: {
    send: "إرسال",
    sent: "تم الإرسال",
    choose: "اختر…",
    optional: "اختياري",
    missing: "يرجى ملء هذا الحقل.",
    invalid: "يرجى التحقق من هذا الحقل.",
    picture: "عرض الصورة من {host}",
    offered: "للتعبئة",
    asked: "للتأكيد",
  },
};

export type ComponentWords = (typeof words)["en"];

export const componentWords: Record<string, ComponentWords> = words;

export function wordsFor(tag: string): ComponentWords {
  return componentWords[tag] ?? words.en;
}
