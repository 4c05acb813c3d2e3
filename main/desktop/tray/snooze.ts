import type { State } from '../../../shared/contract.ts';
import { momentWords, tomorrowMorning } from '../../../shared/when.ts';
import { snoozedWords } from './look.ts';

/** What choosing an item about snoozing does. `until`, `ms`: milliseconds since the epoch, from now. */
export type SnoozeAction =
  | { do: 'snooze'; until: number; ms?: never }
  | { do: 'snooze'; ms: number; until?: never }
  | { do: 'end snooze' }
  | { do: 'while snoozed'; then: 'wait' | 'deny' };

const MINUTE = 60_000;

/** The menu about snoozing notifications: what can be done, and what becomes of calls meanwhile. */
export function snoozeEntries(
  snooze: State['snooze'],
  whileSnoozed: 'wait' | 'deny',
  now: number,
): {
  label: string;
  entries: { label: string; action: SnoozeAction }[];
  choices: { label: string; checked: boolean; action: SnoozeAction }[];
} {
  const choice = (then: 'wait' | 'deny', label: string) => ({
    label,
    checked: whileSnoozed === then,
    action: { do: 'while snoozed', then } as const,
  });
  const morning = tomorrowMorning(now);
  return {
    label: snooze === undefined ? 'Snooze notifications' : snoozedWords(snooze.until, now),
    entries:
      snooze === undefined
        ? [
            { label: 'for 30 minutes', action: { do: 'snooze', ms: 30 * MINUTE } },
            { label: 'for 1 hour', action: { do: 'snooze', ms: 60 * MINUTE } },
            { label: `until ${momentWords(morning, now)}`, action: { do: 'snooze', until: morning } },
          ]
        : [{ label: 'End now', action: { do: 'end snooze' } }],
    choices: [
      choice('wait', 'Calls that need you wait here'),
      choice('deny', 'Calls that need you are denied'),
    ],
  };
}
