import { describe, expect, it } from 'vitest';
import {
  figuresOf,
  happenedWords,
  rehearsedSentence,
  savedWords,
  whoseWords,
} from '../../../renderer/policies/rehearsal.ts';
import type { RehearsedGroup } from '../../../shared/contract.ts';

const group = (over: Partial<RehearsedGroup>): RehearsedGroup => ({
  would: 'allow',
  asked: false,
  ran: true,
  calls: 1,
  cost: 0,
  newest: [],
  ...over,
});

const groups = [
  group({ would: 'allow', calls: 1000 }),
  group({ would: 'allow', asked: true, ran: false, calls: 2 }),
  group({ would: 'allow', ran: false, calls: 4 }),
  group({ would: 'deny', ran: false, calls: 7, cost: 70 }),
  group({ would: 'deny', calls: 3, cost: 3.6 }),
  group({ would: 'deny', asked: true, calls: 1, cost: 0.4 }),
  group({ would: 'ask', asked: true, calls: 5, cost: 2 }),
  group({ would: 'ask', calls: 8, cost: 3.2 }),
  group({ would: 'unknown', calls: 1 }),
];

describe('a rehearsal in words', () => {
  it('is one sentence, and what it would have saved: only what ran', () => {
    expect(rehearsedSentence({ calls: 1031, groups })).toBe(
      'Of 1,031 calls in the last 7 days, this policy would have denied 11, asked you about 13 and let 1,006 pass; of 1 it cannot be told.',
    );
    expect(savedWords(groups, '$')).toBe('It would have saved $4.00.');
    expect(rehearsedSentence({ calls: 20_000, cut: true, groups: [group({ calls: 20_000 })] })).toBe(
      'Of the newest 20,000 calls, this policy would have denied none, asked you about none and let 20,000 pass.',
    );
    expect(savedWords([group({ cost: 5 })], '$')).toBeUndefined();
  });

  it('has four figures, each with what is otherwise than it was, and its calls, what is new first', () => {
    const figures = figuresOf(groups);
    expect(figures.map(({ label, calls, detail }) => [label, calls, detail])).toEqual([
      ['Denied', 11, '4 ran'],
      ['Asks you', 13, '8 ran unasked'],
      ['Passes', 1006, '2 asked you, 4 denied'],
      ['Cannot be told', 1, undefined],
    ]);
    expect(figures[0]?.groups.map(happenedWords)).toEqual([
      '3 that ran without asking you',
      '1 that ran once you were asked',
      '7 that were denied',
    ]);
    expect(figures[1]?.groups.map(happenedWords)[0]).toBe('8 that ran without asking you');
    expect(figures[2]?.groups.map(happenedWords)).toEqual([
      '4 that were denied',
      '2 that asked you, and did not run',
      '1,000 that ran without asking you',
    ]);
  });

  it('says whose calls they are', () => {
    expect(whoseWords(undefined)).toContain('every client');
    expect(whoseWords(['Claude'])).toBe('They are the calls of Claude, which follows it.');
    expect(whoseWords(['Claude', 'Cursor', 'Codex'])).toBe(
      'They are the calls of Claude, Cursor and Codex, which follow it.',
    );
    expect(whoseWords(['A', 'B', 'C', 'D', 'E', 'F'])).toBe(
      'They are the calls of A, B, C, D and 2 more, which follow it.',
    );
  });
});
