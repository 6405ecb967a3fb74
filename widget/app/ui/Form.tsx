import { type FormEvent, useId, useRef, useState } from "react";
import { isRecord, type Part } from "../protocol";
import { type Component, type Field, filledIn, type Typed, type Value } from "../state/components";
import type { Thread } from "../state/thread";
import { useWords } from "./Components";
import { useChatState, useUi } from "./context";

type Props<Name> = Extract<Component, { component: Name }>["props"] & { part: Part };

/** What was typed into forms that were not sent: it outlives them, if not the page. */
const drafts = new Map<string, Typed>();

interface Offer {
  messageId: string | undefined;
  /** What the visitor has sent, if that is so. */
  values: Record<string, unknown> | undefined;
  /** Not to be sent yet, or any more. */
  closed: boolean;
}

/** The answer that holds the part, and what was said to it. */
function offerOf(thread: Thread, part: Part): Offer {
  const messageId = thread.entries.find((entry) => entry.parts.includes(part))?.id;
  const said = thread.entries
    .flatMap((entry) => entry.parts)
    .map(({ type, data }) => (type === "data-form" && isRecord(data) ? data : {}))
    .find((data) => messageId && data.messageId === messageId && data.formId === part.id);
  const values = isRecord(said?.values) ? said.values : undefined;
  return { messageId, values, closed: !messageId || values !== undefined };
}

function useOffer(part: Part) {
  const { chat } = useUi();
  const thread = useChatState((state) => state.thread);
  const offer = offerOf(thread, part);
  const { messageId } = offer;
  const send = (values: Record<string, Value>, text: string) => {
    const data = { messageId, formId: part.id, values };
    void chat.send(text, [{ type: "data-form", data }]);
  };
  return { ...offer, send };
}

/** Tells a screen reader of what has just come and waits for an answer. */
function Arrival({ messageId, words }: { messageId: string | undefined; words: string }) {
  const [arrived] = useState(!messageId);
  return (
    <p className="sr" role="status">
      {arrived && messageId ? words : ""}
    </p>
  );
}

export function Confirmation({ part, text, confirm, cancel }: Props<"confirmation">) {
  const t = useWords();
  const { messageId, values, closed, send } = useOffer(part);
  const name = useId();
  const choices = [
    { confirmed: true, label: confirm, look: "small-button" },
    { confirmed: false, label: cancel, look: "chip" },
  ];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is drawn differently everywhere
    <div className="card" part="confirmation" role="group" aria-labelledby={name}>
      <Arrival messageId={messageId} words={`${t.asked}: ${text}`} />
      <p id={name} className="ask-title" dir="auto">
        {text}
      </p>
      {values ? (
        <p className="form-sent">
          ✓ <bdi>{choices.find(({ confirmed }) => confirmed === values.confirmed)?.label}</bdi>
          <span className="sr"> ({t.sent})</span>
        </p>
      ) : (
        <div className="ask-buttons">
          {choices.map(({ confirmed, label, look }) => (
            <button
              key={label}
              type="button"
              className={look}
              dir="auto"
              disabled={closed}
              onClick={() => send({ confirmed }, label)}
            >
              {label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

export function Form({ part, title, fields, submit }: Props<"form">) {
  const t = useWords();
  const { messageId, values, closed, send } = useOffer(part);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const key = `${messageId}/${part.id}`;
  const [typed, setTyped] = useState<Typed>(() => drafts.get(key) ?? {});
  const [tried, setTried] = useState(false);
  const shown = values ? (values as Typed) : typed;
  const type = (name: string, value: string | boolean) => {
    const now = { ...typed, [name]: value };
    drafts.set(key, now);
    setTyped(now);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const wrong = fields.find((field) => faultOf(field, typed[field.name]));
    if (wrong) {
      const control = form.current?.elements.namedItem(`${id}-${wrong.name}`);
      if (control instanceof HTMLElement) control.focus();
      return;
    }
    const filled = filledIn(fields, typed);
    send(filled.values, filled.text || title);
  };
  return (
    <form
      className="card form"
      part="form"
      ref={form}
      aria-labelledby={id}
      noValidate
      onSubmit={onSubmit}
    >
      <Arrival messageId={messageId} words={`${t.offered}: ${title}`} />
      <h3 id={id} dir="auto">
        {title}
      </h3>
      <fieldset disabled={closed} className="fields">
        {fields.map((field) => (
          <FieldRow
            key={field.name}
            id={`${id}-${field.name}`}
            field={field}
            value={shown[field.name]}
            tried={tried && !values}
            onValue={(value) => type(field.name, value)}
          />
        ))}
      </fieldset>
      {values ? (
        <p className="form-sent">✓ {t.sent}</p>
      ) : (
        <button type="submit" className="small-button" disabled={closed}>
          {submit || t.send}
        </button>
      )}
    </form>
  );
}

interface FieldRowProps {
  id: string;
  field: Field;
  value: Value | undefined;
  /** What is wrong is said once the visitor has tried to send. */
  tried: boolean;
  onValue(value: string | boolean): void;
}

function FieldRow({ id, field, value, tried, onValue }: FieldRowProps) {
  const t = useWords();
  const fault = tried ? faultOf(field, value) : undefined;
  const common = {
    id,
    required: field.required === true,
    "aria-invalid": fault !== undefined,
    "aria-describedby": fault ? `${id}-fault` : undefined,
  };
  const isCheckbox = field.type === "checkbox";
  return (
    <div className={isCheckbox ? "field check" : "field"}>
      <label htmlFor={id} dir="auto">
        {field.label}
        {!field.required && !isCheckbox && <span className="fine"> ({t.optional})</span>}
      </label>
      <Control field={field} value={value} common={common} onValue={onValue} />
      {fault && (
        <p id={`${id}-fault`} className="field-fault">
          {t[fault]}
        </p>
      )}
    </div>
  );
}

/** The browser's own checks, in our words. */
function faultOf({ type, required }: Field, value: Value | undefined) {
  const text = typeof value === "string" ? value.trim() : value;
  if (!text) return required ? "missing" : undefined;
  if (type === "email") return /^[^\s@]+@[^\s@]+$/.test(String(text)) ? undefined : "invalid";
  if (type === "tel")
    return /^[\d+\-/(). ]*\d[\d+\-/(). ]*$/.test(String(text)) ? undefined : "invalid";
  if (type === "number") return Number.isFinite(Number(text)) ? undefined : "invalid";
  return undefined;
}

interface ControlProps extends Pick<FieldRowProps, "field" | "value" | "onValue"> {
  common: { id: string; required: boolean };
}

function Control({ field, value, common, onValue }: ControlProps) {
  const t = useWords();
  const text = value === undefined ? "" : String(value);
  switch (field.type) {
    case "checkbox":
      return (
        <input
          {...common}
          type="checkbox"
          checked={value === true}
          onChange={(event) => onValue(event.currentTarget.checked)}
        />
      );
    case "choice":
      return (
        <select {...common} value={text} onChange={(event) => onValue(event.currentTarget.value)}>
          <option value="">{t.choose}</option>
          {field.options?.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      );
    case "longtext":
      return (
        <textarea
          {...common}
          rows={3}
          maxLength={5000}
          dir="auto"
          value={text}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      );
    default:
      return (
        <input
          {...common}
          type={field.type}
          step={field.type === "number" ? "any" : undefined}
          maxLength={500}
          dir={field.type === "text" ? "auto" : undefined}
          autoComplete={autoCompletes[field.type]}
          value={text}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      );
  }
}

const autoCompletes: Partial<Record<Field["type"], string>> = { email: "email", tel: "tel" };
