import { Plus, X } from "lucide-react";
import { useMemo } from "react";
import type { BusinessHours } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { weekdays, zones } from "@/features/agents/handoffs/week";

const mostStretches = 28;

interface HoursProps {
  hours: BusinessHours;
  off: boolean;
  onChange: (hours: BusinessHours) => void;
}

/** The week of a team: stretches of days, of which a day may have several. */
export function Hours({ hours, off, onChange }: HoursProps) {
  const names = useMemo(() => zones(hours.zone), [hours.zone]);
  const setDays = (days: BusinessHours["days"]) => onChange({ ...hours, days });
  const add = () => {
    const last = hours.days.at(-1);
    setDays([...hours.days, { day: ((last?.day ?? 0) % 7) + 1, from: "09:00", to: "17:00" }]);
  };
  return (
    <fieldset className="flex flex-col gap-3" disabled={off}>
      <legend className="mb-1.5 font-medium">Business hours</legend>
      <Field label="Time zone" className="max-w-64">
        <Select
          value={hours.zone}
          onChange={({ target }) => onChange({ ...hours, zone: target.value })}
        >
          {names.map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </Select>
      </Field>
      <ol className="flex flex-col gap-2">
        {hours.days.map((stretch, index) => (
          <Stretch
            // biome-ignore lint/suspicious/noArrayIndexKey: stretches have no other identity
            key={index}
            stretch={stretch}
            place={index + 1}
            onChange={(changed) =>
              setDays(hours.days.map((old, i) => (i === index ? changed : old)))
            }
            onRemove={() => setDays(hours.days.filter((_, i) => i !== index))}
          />
        ))}
      </ol>
      <div>
        <Button
          size="sm"
          disabled={off}
          blocked={hours.days.length >= mostStretches && `At most ${mostStretches}.`}
          onClick={add}
        >
          <Plus aria-hidden /> Add hours
        </Button>
      </div>
    </fieldset>
  );
}

type OpenHours = BusinessHours["days"][number];

interface StretchProps {
  stretch: OpenHours;
  place: number;
  onChange: (stretch: OpenHours) => void;
  onRemove: () => void;
}

function Stretch({ stretch, place, onChange, onRemove }: StretchProps) {
  const { day, from, to } = stretch;
  return (
    <li className="flex flex-wrap items-center gap-2">
      <Select
        aria-label={`Day of stretch ${place}`}
        className="min-w-full sm:w-36 sm:min-w-0"
        value={day}
        onChange={({ target }) => onChange({ ...stretch, day: Number(target.value) })}
      >
        {weekdays.map((name, index) => (
          <option key={name} value={index + 1}>
            {name}
          </option>
        ))}
      </Select>
      <Input
        type="time"
        aria-label={`From, on ${weekdays[day - 1]}`}
        className="w-auto min-w-34 flex-1 sm:flex-none"
        value={from}
        onChange={({ target }) => onChange({ ...stretch, from: target.value })}
      />
      <span className="text-muted">to</span>
      <Input
        type="time"
        aria-label={`To, on ${weekdays[day - 1]}`}
        className="w-auto min-w-34 flex-1 sm:flex-none"
        // A clock has no 24:00: the end of a day is shown as its last minute.
        value={to === "24:00" ? "23:59" : to}
        onChange={({ target }) => onChange({ ...stretch, to: target.value })}
      />
      <Button
        variant="ghost"
        size="iconSm"
        aria-label={`Remove ${weekdays[day - 1]}, ${from} to ${to}`}
        onClick={onRemove}
      >
        <X aria-hidden />
      </Button>
    </li>
  );
}
