/** State that is damaged or gone is no first run: it is kept aside, told, and every call is blocked. */
import {
  existsSync,
  globSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { callOf } from '../../support/calls.ts';
import { temporaryFolder } from '../../support/folder.ts';
import {
  startGreenlight,
  type TestGreenlight,
  type TestGreenlightOptions,
} from '../../support/greenlight.ts';
import { modeOf, POSIX } from '../../support/mode.ts';

/** Nobody listens there; the token is what matters. */
const upstream = 'http://127.0.0.1:9/mcp';
let dataDir: string;
beforeEach(() => {
  dataDir = temporaryFolder();
});
const inHome = (name: string) => join(dataDir, name);

async function start(options: TestGreenlightOptions = {}): Promise<TestGreenlight> {
  const greenlight = await startGreenlight({ dataDir, ...options });
  onTestFinished(() => greenlight.stop());
  return greenlight;
}

/** A Greenlight that was used: it has clients, policies, a log, and a token for its upstream. */
async function used(): Promise<TestGreenlight> {
  const greenlight = await start({ upstream, upstreamToken: 'a-token' });
  const { core, grant } = greenlight;
  for (let n = 0; n < 300; n += 1) {
    await core.gate.admit(callOf(grant, { arguments: { n: 'x'.repeat(200) } }));
  }
  await greenlight.stop();
  return greenlight;
}

async function blocks({ core, grant }: TestGreenlight): Promise<void> {
  expect(core.guard.current()).toEqual({ mode: 'block' });
  expect(await core.gate.admit(callOf(grant))).toMatchObject({
    kind: 'denied',
    denial: { rule: '(blocked by user)' },
  });
}

/** Overwrites a few pages in the middle. */
function scratch(path: string): void {
  const file = openSync(path, 'r+');
  for (let page = 2; page < 12; page += 1) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
}

const lostThings: { what: string; damage: () => void; id: string; kept?: string }[] = [
  { what: 'settings.json gone', damage: () => rmSync(inHome('settings.json')), id: 'settings' },
  {
    what: 'settings.json cut off',
    damage: () => truncateSync(inHome('settings.json'), 20),
    id: 'settings',
    kept: 'settings.invalid-*.json',
  },
  { what: 'the database gone', damage: () => rmSync(inHome('greenlight.db')), id: 'database' },
  {
    what: 'the database and its lock gone',
    damage: () => {
      for (const name of globSync(inHome('greenlight.*'))) rmSync(name);
    },
    id: 'database',
  },
  {
    what: 'the database gone, its write-ahead log left',
    damage: () => {
      rmSync(inHome('greenlight.db'));
      writeFileSync(inHome('greenlight.db-wal'), 'x'.repeat(5000));
    },
    id: 'database',
    kept: 'greenlight.invalid-*.db-wal',
  },
  {
    what: 'the database empty',
    damage: () => truncateSync(inHome('greenlight.db'), 0),
    id: 'database',
    kept: 'greenlight.invalid-*.db',
  },
  {
    what: 'the database something else',
    damage: () => writeFileSync(inHome('greenlight.db'), 'These are my notes.'.repeat(1000)),
    id: 'database',
    kept: 'greenlight.invalid-*.db',
  },
  {
    what: 'the database cut off',
    damage: () => truncateSync(inHome('greenlight.db'), 20_000),
    id: 'database',
    kept: 'greenlight.invalid-*.db',
  },
  {
    what: 'the database scratched',
    damage: () => scratch(inHome('greenlight.db')),
    id: 'database',
    kept: 'greenlight.invalid-*.db',
  },
  { what: 'the file of secrets gone', damage: () => rmSync(inHome('secrets.json')), id: 'secrets' },
  {
    what: 'the file of secrets cut off',
    damage: () => truncateSync(inHome('secrets.json'), 20),
    id: 'secrets',
    kept: 'secrets.invalid-*.json',
  },
  {
    what: 'one secret gone',
    damage: () => writeFileSync(inHome('secrets.json'), '{"version":1,"secrets":{"other":"x"}}'),
    id: 'secrets',
  },
];

describe.each(lostThings)('with $what', ({ damage, id, kept }) => {
  test('the start tells of it, keeps what there was, and blocks every call, as the next start does', async () => {
    await used();
    damage();
    const before = kept === undefined ? undefined : readFileSync(inHome(kept.replace('.invalid-*', '')));
    const greenlight = await start();
    const told = greenlight.core.problems.find((problem) => problem.id === id)?.message;
    expect(told).toMatch(/block/);
    await blocks(greenlight);
    if (kept !== undefined) {
      const [copy = ''] = globSync(inHome(kept));
      expect(before?.equals(readFileSync(copy))).toBe(true);
      if (POSIX && !copy.endsWith('-wal')) expect(modeOf(copy)).toBe(0o600);
      if (!copy.endsWith('-wal')) expect(told).toContain(copy);
    } else {
      expect(readdirSync(dataDir).filter((name) => name.includes('invalid'))).toEqual([]);
    }
    expect(await greenlight.core.activity.verify()).toMatchObject({ valid: true });
    await greenlight.stop();
    const again = await start();
    await blocks(again);
    // Told until the person has chosen, whatever restarts Greenlight meanwhile.
    expect(again.core.problems).toContainEqual({ id, message: told });
    again.core.guard.set({ mode: 'policy' });
    expect(again.core.problems).toEqual([]);
    await again.stop();
    // A secret that is still not there is missed on.
    expect((await start()).core.problems.filter((problem) => problem.id !== 'secrets')).toEqual([]);
  });
});

test('a first run is one, and so is one with settings that were put there before', async () => {
  const first = await start();
  expect(first.core.problems).toEqual([]);
  expect(first.core.guard.current()).toEqual({ mode: 'policy' });
  await first.stop();
  expect((await start()).core.problems).toEqual([]);
});

test('a token that was entered again, or forgotten, is not missed any more', async () => {
  await used();
  rmSync(inHome('secrets.json'));
  const greenlight = await start();
  await greenlight.core.servers.useUpstream('luma', { kind: 'http', url: upstream }, { token: 'another' });
  greenlight.core.guard.set({ mode: 'policy' });
  await greenlight.stop();
  const again = await start();
  expect(again.core.problems).toEqual([]);
  await again.core.secrets.delete('upstream-token http://127.0.0.1:9');
  await again.stop();
  expect((await start()).core.problems).toEqual([]);
});

test('without the folder of policies, what was accepted stays in force, and each file is missed', async () => {
  await used();
  rmSync(inHome('policies'), { recursive: true });
  const { core } = await start({ policy: null });
  expect(core.problems).toEqual([]);
  expect(core.policies.inForce('under-test')).toMatchObject({ version: 1 });
  expect(core.policies.problems()).toContainEqual({
    id: 'policy:under-test',
    message: expect.stringMatching(/The file is gone.*Version 1 of this policy stays in force/),
  });
  expect(existsSync(inHome('policies'))).toBe(true);
});
