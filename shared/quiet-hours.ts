/** A time of every day in which the person wants no notification, by the clock and zone of the machine that runs this. */
export interface QuietHours {
  on: boolean;
  /** `22:00`. */
  from: string;
  /** `07:00`; where it is not later than `from`, of the next day. */
  to: string;
}

/** Whether `text` is a time of day: `07:05`. */
export function isTimeOfDay(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
}

/**
 * Where quiet hours stand at `now` (ms since the Unix epoch): until when they last, or when they begin next.
 * `undefined`: there are none, also where they would begin when they end.
 */
export function quietAt(hours: QuietHours, now: number): { until: number } | { from: number } | undefined {
  if (!hours.on || hours.from === hours.to) return undefined;
  for (const day of [-1, 0, 1, 2]) {
    const from = timeOf(hours.from, now, day);
    const to = timeOf(hours.to, now, hours.to < hours.from ? day + 1 : day);
    if (from <= now && now < to) return { until: to };
    if (from > now) return { from };
  }
  return undefined;
}

/** The time of day `text` on the local day of `now`, `days` later. */
function timeOf(text: string, now: number, days: number): number {
  const [hour = 0, minute = 0] = text.split(':').map(Number);
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour, minute).getTime();
}
