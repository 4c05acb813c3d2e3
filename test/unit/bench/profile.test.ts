import { expect, test } from 'vitest';
import { type Profile, summarise } from '../../bench/parts/profile.ts';

const here = new URL('../../..', import.meta.url).href;

function node(id: number, functionName: string, url = '', children: number[] = []) {
  return { id, callFrame: { functionName, url, lineNumber: 0, columnNumber: 0 }, children };
}

/** (root) -> judge -> run (SQLite); judge -> stream; reply -> stream; a collector; idle. */
const PROFILE: Profile = {
  nodes: [
    node(1, '(root)', '', [2, 5, 7, 8]),
    node(2, 'judge', `${here}main/gate/judge.ts`, [3, 4]),
    node(3, 'run'),
    node(4, 'write', 'node:internal/streams/writable'),
    node(5, 'reply', `${here}main/proxy/reply.ts`, [6]),
    node(6, 'write', 'node:internal/streams/writable'),
    node(7, '(garbage collector)'),
    node(8, '(idle)'),
  ],
  samples: [2, 3, 4, 6, 7, 8],
  timeDeltas: [10, 40, 10, 20, 20, 900],
};

test('a profile is added up by category, file and function, without the time that was idle', () => {
  const { categories, files, functions } = summarise(PROFILE, () => undefined);
  const asObject = (shares: { name: string; share: number }[]) =>
    Object.fromEntries(shares.map(({ name, share }) => [name, share]));
  expect(asObject(categories)).toEqual({ sqlite: 0.4, gate: 0.2, proxy: 0.2, 'garbage collector': 0.2 });
  expect(asObject(files)).toMatchObject({ 'node:internal/streams/writable': 0.3, 'main/gate/judge.ts': 0.1 });
  // Native code is told apart by who calls it.
  expect(functions[0]).toEqual({ name: 'run, by judge (main/gate/judge.ts)', share: 0.4 });
});
