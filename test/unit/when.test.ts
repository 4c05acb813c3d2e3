import { expect, test } from 'vitest';
import { momentWords, tomorrowMorning } from '../../shared/when.ts';

const at = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute).getTime();
const time = (moment: number) => new Date(moment).toLocaleTimeString(undefined, { timeStyle: 'short' });

test('tomorrow begins at eight of the next day, by the clock of this machine', () => {
  expect(tomorrowMorning(at(4, 23, 59))).toBe(at(5, 8));
  expect(tomorrowMorning(at(5, 0, 1))).toBe(at(6, 8));
  // A night in which clocks are set, where they are: it is eight all the same.
  for (const day of [7, 8, 28, 29, 31]) expect(new Date(tomorrowMorning(at(day, 18))).getHours()).toBe(8);
});

test('a moment is told with the day where it is not today', () => {
  expect(momentWords(at(4, 14, 30), at(4, 9))).toBe(time(at(4, 14, 30)));
  expect(momentWords(at(5, 8), at(4, 23, 59))).toBe(`tomorrow, Thursday ${time(at(5, 8))}`);
  expect(momentWords(at(5, 0, 15), at(4, 23, 50))).toBe(`tomorrow, Thursday ${time(at(5, 0, 15))}`);
  expect(momentWords(at(6, 8), at(4, 12))).toBe(`Friday ${time(at(6, 8))}`);
});
