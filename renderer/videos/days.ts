import type { Result } from '../../shared/contract.ts';

export type Day = Result<'videos.list'>['days'][number];

/** Days that the charts show. */
const DAYS = 30;

/** The last 30 local days up to `today` (milliseconds since the epoch), oldest first; a day without calls is zero. */
export function everyDay(days: readonly Day[], today: number): Day[] {
  const known = new Map(days.map((day) => [day.day, day]));
  const end = new Date(today);
  return Array.from({ length: DAYS }, (_, index) => {
    const date = new Date(end.getFullYear(), end.getMonth(), end.getDate() - (DAYS - 1 - index));
    const day = dayOf(date);
    return known.get(day) ?? { day, calls: 0, cost: 0 };
  });
}

/** The local day as `2026-11-22`. */
function dayOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A day in words, short: `Nov 22`. */
export function dayWords(day: string, locale?: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date).toLocaleDateString(locale, { month: 'short', day: 'numeric' });
}
