import type { ActivityRow, Outcome } from '../../shared/contract.ts';
import type { LastSpan } from './filter.ts';

/** The outcomes in the order they are offered. */
export const OUTCOMES: readonly { value: Outcome; label: string }[] = [
  { value: 'allowed', label: 'Allowed' },
  { value: 'denied', label: 'Denied' },
  { value: 'pending', label: 'Waiting for you' },
  { value: 'waiting', label: 'Told to call again' },
  { value: 'expired', label: 'Expired' },
  { value: 'withdrawn', label: 'Withdrawn' },
  { value: 'interrupted', label: 'Interrupted' },
];

export const LAST_WORDS: Record<LastSpan, string> = {
  hour: 'Last hour',
  day: 'Last 24 hours',
  week: 'Last 7 days',
  month: 'Last 30 days',
};

const TODAY = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const THIS_YEAR = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const EARLIER = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** When a call was made, as short as its age allows: the time of day for today, the date before that. */
export function whenWords(at: string, now: number): string {
  const time = new Date(at);
  const today = new Date(now);
  if (time.toDateString() === today.toDateString()) return TODAY.format(time);
  return (time.getFullYear() === today.getFullYear() ? THIS_YEAR : EARLIER).format(time);
}

/** The same in full. */
export function exactWhen(at: string): string {
  return EXACT.format(new Date(at));
}

/** `12,345 calls`, `1 call`; `1,000+ calls` where there are more. */
export function callsWords(count: number, more = false): string {
  return `${count.toLocaleString('en')}${more ? '+' : ''} ${count === 1 && !more ? 'call' : 'calls'}`;
}

/** What came of a call once it was forwarded, as a sentence. */
export function resultSentence(result: NonNullable<ActivityRow['result']>): string {
  switch (result) {
    case 'ok':
      return 'The tool answered.';
    case 'input required':
      return 'The server asked for more before it would go on.';
    case 'tool error':
      return 'The tool answered with an error.';
    case 'upstream error':
      return 'The upstream did not answer as it should.';
    case 'cancelled':
      return 'The client cancelled it while it ran.';
    case 'interrupted':
      return 'Greenlight ended while it ran; what came of it is not known.';
  }
}
