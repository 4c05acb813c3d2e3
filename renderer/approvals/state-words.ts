import type { Approval } from '../../shared/contract.ts';
import type { Tone } from '../design/badge.tsx';

/** What became of an approval: in a word, in a sentence, and how it should look. */
export function stateWords(approval: Pick<Approval, 'state' | 'edited'>): {
  text: string;
  sentence: string;
  tone: Tone;
} {
  switch (approval.state) {
    case 'pending':
      return { text: 'Waiting', sentence: 'it is waiting.', tone: 'warn' };
    case 'allowed':
      return approval.edited === undefined
        ? { text: 'Allowed', sentence: 'it was allowed.', tone: 'good' }
        : { text: 'Allowed, edited', sentence: 'it was edited and allowed.', tone: 'good' };
    case 'denied':
      return { text: 'Denied', sentence: 'it was denied.', tone: 'bad' };
    case 'expired':
      return { text: 'Expired', sentence: 'nobody answered in time, so it was refused.', tone: 'quiet' };
    case 'withdrawn':
      return {
        text: 'Withdrawn',
        sentence: 'the client gave up, or the question became moot.',
        tone: 'quiet',
      };
    case 'interrupted':
      return { text: 'Interrupted', sentence: 'Greenlight stopped before it was answered.', tone: 'quiet' };
  }
}
