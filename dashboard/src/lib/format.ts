// The dashboard speaks English: a date in another language would stand oddly in its sentences.
const locale = "en-US";

/** Micro-units (millionths of a US dollar) as money; small sums keep the digits that matter. */
export function formatMoney(micros: number): string {
  const dollars = micros / 1_000_000;
  const small = dollars !== 0 && Math.abs(dollars) < 0.1;
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: 2,
    maximumFractionDigits: small ? 4 : 2,
  }).format(dollars);
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago something was, or its date once that is a week or more. */
export function formatAgo(time: string, now: Date = new Date()): string {
  const seconds = (Date.parse(time) - now.getTime()) / 1000;
  if (Math.abs(seconds) >= 7 * 86_400) return formatDate(time, now);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

function formatDate(time: string, now: Date): string {
  const date = new Date(time);
  const sameYear = date.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(date);
}

/** The full date and time, for a tooltip or a heading. */
export function formatTime(time: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(time),
  );
}

/** A month given as its first day: "November 2025". */
export function formatMonth(day: string): string {
  return new Intl.DateTimeFormat(locale, {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  }).format(new Date(`${day.slice(0, 7)}-01T00:00:00Z`));
}

/** A count with its noun: "1 message", "1,204 messages". */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** The time between two moments: "850 ms", "4.2 s", "1 min 5 s". */
export function formatDuration(from: string, to: string): string {
  return formatSpan(Date.parse(to) - Date.parse(from));
}

/** A number of milliseconds: "850 ms", "4.2 s", "1 min 5 s", "3 h 20 min". */
export function formatSpan(span: number): string {
  const ms = Math.max(0, Math.round(span));
  if (ms >= 3_600_000) {
    return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
  }
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/**
 * About how many tokens a model makes of a text. Tokenizers of today's models average four
 * characters a token for Latin scripts and near one for Chinese, Japanese and Korean.
 */
export function estimateTokens(text: string): number {
  let dense = 0;
  for (const char of text) {
    if (/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(char)) dense += 1;
  }
  return Math.ceil(dense + (text.length - dense) / 4);
}
