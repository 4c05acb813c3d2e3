/** Moments by the clock and zone of the machine that runs this; all in milliseconds since the Unix epoch. */

/** The hour at which the morning begins for those who do not want to be disturbed until then. */
const MORNING = 8;

/** The morning of the day after `now`, also shortly after midnight. */
export function tomorrowMorning(now: number): number {
  const morning = new Date(now);
  morning.setDate(morning.getDate() + 1);
  return morning.setHours(MORNING, 0, 0, 0);
}

/** When `at` is, for a person at `now`: `14:30`, `tomorrow, Sunday 08:00`, `Sunday 08:00`. */
export function momentWords(at: number, now: number): string {
  const moment = new Date(at);
  const time = moment.toLocaleTimeString(undefined, { timeStyle: 'short' });
  const days = dayOf(moment) - dayOf(new Date(now));
  if (days === 0) return time;
  const day = `${moment.toLocaleDateString('en', { weekday: 'long' })} ${time}`;
  return days === 1 ? `tomorrow, ${day}` : day;
}

/** A number for the local day; the next day has the next number, however many hours it has. */
function dayOf(moment: Date): number {
  return Date.UTC(moment.getFullYear(), moment.getMonth(), moment.getDate()) / 86_400_000;
}
