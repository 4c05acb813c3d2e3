import { formatDuration } from '../../shared/duration.ts';

/** The hold times that are offered (s). */
const OFFERED = [0, 15, 30, 45, 60, 120, 300, 600, 1800, 3600];

/** The hold times to choose from, `seconds` among them. */
export function holdChoices(seconds: number): { value: string; label: string }[] {
  return [...new Set([...OFFERED, seconds])]
    .sort((a, b) => a - b)
    .map((value) => ({
      value: String(value),
      label: value === 0 ? 'Not at all' : formatDuration(value * 1000),
    }));
}

/** What a hold time is, for the person. */
export const HOLD_WORDS =
  'Held: how long a call that waits for you stays open. After that the agent gets a ticket and calls again, and your answer waits for it. Choose less than the client’s own patience, often 60 s; those known to wait, such as Claude Code, have 1 h until you choose otherwise.';
