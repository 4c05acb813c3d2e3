/** What is said of the servers in a client's file. */
import { expect, test } from 'vitest';
import type { FoundServer } from '../../shared/contract.ts';
import { deadOf, isPast, isProtectable, refusedOf } from '../../shared/found-server.ts';

const one = (name: string, more: Partial<FoundServer> = {}): FoundServer => ({
  ...{ at: name, name, kind: 'http', address: '', luma: false, greenlight: false },
  ...more,
});
const servers = [
  one('luma', { luma: true }),
  one('stays', { luma: true, refused: 'It reaches Luma.' }),
  one('files'),
  one('asks', { refused: 'The client asks you.' }),
  one('off', { refused: 'It is switched off.', off: true }),
  one('greenlight', { greenlight: true, server: 'luma' }),
  one('gone', { greenlight: true, server: 'gone' }),
];
const names = (some: readonly FoundServer[]) => some.map(({ name }) => name);

test('what is switched off in its client is neither reached past Greenlight nor to be protected', () => {
  expect(names(servers.filter(isPast))).toEqual(['files', 'asks']);
  expect(names(servers.filter(isProtectable))).toEqual(['files']);
  expect(names(refusedOf(servers))).toEqual(['asks']);
});

test('what leads to a server that there is not is dead', () => {
  expect(names(deadOf(servers, (id) => id === 'luma'))).toEqual(['gone']);
});
