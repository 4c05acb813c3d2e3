/** Times of the week, as policies say them: by the clock and zone of the machine that judges the call. */
import { isJsonObject, type Json } from '../json.ts';
import { isTimeOfDay } from '../quiet-hours.ts';

/** The days of a week, in order. */
export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export type WeekDay = (typeof weekDays)[number];

/** The same hours on some days. */
export interface Hours {
  /** At least one, each once. */
  days: WeekDay[];
  /** `09:00`. */
  from: string;
  /** `18:00`, exclusive; before `from` it is of the next day. `24:00` is the end of the day. */
  to: string;
}

const DAY = 24 * 60;
const WEEK = 7 * DAY;

/** Minutes since Monday, 00:00, by the clock and zone of this machine, at `wall` (ms since the Unix epoch). */
export function minuteOfWeek(wall: number): number {
  const date = new Date(wall);
  return ((date.getDay() + 6) % 7) * DAY + date.getHours() * 60 + date.getMinutes();
}

/** What is wrong with the ends of `hours`, and how to mend it; `undefined`: nothing. */
export function flawOfHours({ from, to }: Pick<Hours, 'from' | 'to'>): string | undefined {
  if (!isTimeOfDay(from)) return '"from" must be a time such as "09:00", from "00:00" to "23:59".';
  if (!isTimeOfDay(to) && to !== '24:00') return '"to" must be a time such as "18:00", up to "24:00".';
  return from === to ? '"from" and "to" must differ. A whole day is from "00:00" to "24:00".' : undefined;
}

/** Tells whether a minute of the week is within `hours`, which are without a flaw. */
export function duringTest({ days, from, to }: Hours): (minute: number) => boolean {
  const length = (minutesOf(to) - minutesOf(from) + DAY) % DAY || DAY;
  const starts = days.map((day) => weekDays.indexOf(day) * DAY + minutesOf(from));
  return (minute) => starts.some((start) => (minute - start + WEEK) % WEEK < length);
}

function minutesOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

/** Reads the value of a condition on the time; `undefined` where it is none, or has a flaw. */
export function readHours(value: Json | undefined): Hours | undefined {
  if (!isJsonObject(value)) return undefined;
  const { days, from, to, ...rest } = value;
  if (!Array.isArray(days) || typeof from !== 'string' || typeof to !== 'string') return undefined;
  const known = days.filter((day): day is WeekDay => weekDays.some((each) => each === day));
  const strange = known.length === 0 || known.length !== days.length || new Set(days).size !== days.length;
  if (strange || Object.keys(rest).length > 0 || flawOfHours({ from, to }) !== undefined) return undefined;
  return { days: known, from, to };
}

export const dayNames: Record<WeekDay, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

/** Hours in words: "Monday to Friday, 09:00 to 18:00". */
export function hoursWords({ days, from, to }: Hours): string {
  const next = to < from ? ' of the next day' : '';
  const times = from === '00:00' && to === '24:00' ? 'all day' : `${from} to ${to}${next}`;
  return `${daysWords(days)}, ${times}`;
}

function daysWords(days: readonly WeekDay[]): string {
  if (days.length === weekDays.length) return 'every day';
  const places = weekDays.flatMap((day, index) => (days.includes(day) ? [index] : []));
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  const name = (place: number) => dayNames[weekDays[place] as WeekDay];
  if (places.length > 2 && last - first === places.length - 1) return `${name(first)} to ${name(last)}`;
  const names = places.map(name);
  return names.length === 1 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
