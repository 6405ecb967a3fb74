import type { BusinessHours } from "@/api/types";

export const weekdays = [
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
];

/** What most teams begin with, in the reader's own time zone. */
export function officeHours(): BusinessHours {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const days = [1, 2, 3, 4, 5].map((day) => ({ day, from: "09:00", to: "17:00" }));
  return { zone, days };
}

export function zones(current: string): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return [...new Set(["UTC", ...known, current])].sort();
}
