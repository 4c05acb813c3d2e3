import { describe, expect, test } from 'vitest';
import type { LimitCounter, State } from '../../shared/contract.ts';
import { serverLabel } from '../../shared/server-name.ts';
import { serversWords } from '../../shared/server-words.ts';
import { caps, spentWords } from '../../shared/spend.ts';

const LUMA = { id: 'luma', name: 'Luma' };

describe('what a server is called', () => {
  test.each([
    ['nothing where it is the only one', [LUMA], 'luma', undefined],
    ['nothing before anything is known', [], 'luma', undefined],
    ['its name among several', [LUMA, { id: 'files', name: 'Files' }], 'files', 'Files'],
    ['also Luma among several', [LUMA, { id: 'files', name: 'Files' }], 'luma', 'Luma'],
    ['its slug once it is gone', [LUMA], 'files', 'files'],
    [
      'with its slug where another has its name',
      [LUMA, { id: 'luma-2', name: ' ＬＵＭＡ ' }],
      'luma',
      'Luma (luma)',
    ],
  ])('%s', (_, servers, id, label) => {
    expect(serverLabel(servers, id)).toBe(label);
  });
});

describe('how several stand', () => {
  const standing = (...all: State['servers'][number]['status'][]) =>
    all.map((status, index) => ({ id: `s${index}`, name: `S${index}`, kind: 'http' as const, status }));

  test.each([
    [standing('connected', 'connected'), '2 servers connected'],
    [standing('connected', 'unreachable'), 'S1 cannot be reached'],
    [standing('starting', 'unauthorized'), 'S1 refuses the token, 1 more not connected'],
    [standing('starting', 'connected'), 'S0 is starting'],
  ])('%j', (servers, words) => {
    expect(serversWords(servers)).toBe(words);
  });
});

test('the budget over all servers stands before those of one, and says so', () => {
  const counter = (id: string, change: Partial<LimitCounter>): LimitCounter => ({
    id,
    counter: id,
    scope: 'all',
    server: 'luma',
    used: 1,
    max: 5,
    counts: 'cost',
    windowSeconds: 86_400,
    whenReached: 'deny',
    policyIds: ['p'],
    ...change,
  });
  const { server: _, ...everywhere } = counter('everywhere', { scope: 'everywhere', used: 0.1, max: 20 });
  const shown = caps([counter('near', { used: 4.9 }), everywhere, counter('far', {})]);
  expect(shown.map(({ id }) => id)).toEqual(['everywhere', 'near', 'far']);
  expect(shown.map((each) => spentWords(each, '$'))).toEqual([
    '$0.10 of $20.00 today, all servers',
    '$4.90 of $5.00 today',
    '$1.00 of $5.00 today',
  ]);
});
