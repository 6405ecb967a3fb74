interface MeterProps {
  label: string;
  value: number;
  max: number;
  tone?: "accent" | "warn" | "danger";
}

const fills = { accent: "fill-accent", warn: "fill-warn", danger: "fill-danger" };

/** How much of something there is, as a bar. */
export function Meter({ label, value, max, tone = "accent" }: MeterProps) {
  const share = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  return (
    <div className="h-1.5 overflow-hidden rounded-full bg-line">
      <meter aria-label={label} value={Math.min(value, max)} max={max} className="sr-only" />
      <svg aria-hidden="true" className="size-full" preserveAspectRatio="none" viewBox="0 0 100 1">
        <rect className={fills[tone]} width={share * 100} height="1" />
      </svg>
    </div>
  );
}
