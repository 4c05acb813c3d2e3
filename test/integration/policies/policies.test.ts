import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { digest } from '../../../shared/digest.ts';
import { evaluate, presets } from '../../../shared/policy/index.ts';
import { defaultSettings } from '../../../shared/settings.ts';
import { modeOf, POSIX } from '../../support/mode.ts';
import { asking, closed, homePerTest, reading } from './setup.ts';

const home = homePerTest();
const call = {
  tool: 'luma_get_task',
  arguments: {},
  inputSchema: { type: 'object' },
  guard: 'policy',
  minuteOfWeek: 0,
} as const;

describe('the first run', () => {
  it('writes the presets as readable files and puts them in force', () => {
    const { policies } = home;
    expect(
      policies
        .list()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(presets.map(({ id }) => id).sort());
    for (const { id, name, document } of presets) {
      expect(policies.inForce(id)).toMatchObject({ id, name, version: 1, document });
      expect(home.text(id)).toBe(`${JSON.stringify(document, null, 2)}\n`);
      if (POSIX) expect(modeOf(home.path(id))).toBe(0o600);
    }
    if (POSIX) expect(modeOf(home.folder)).toBe(0o700);
    expect(policies.inForce(defaultSettings.defaultPolicyId)).toBeDefined();
    expect(policies.problems()).toEqual([]);
  });

  it('happens once: a preset that was deleted does not come back', () => {
    home.policies.delete('block-everything');
    home.stop();
    const policies = home.start();
    expect(policies.inForce('block-everything')).toBeUndefined();
    expect(existsSync(home.path('block-everything'))).toBe(false);
    expect(policies.list()).toHaveLength(presets.length - 1);
  });

  it('takes over the policies that the person put there before', () => {
    home.stop();
    rmSync(home.directory, { recursive: true });
    mkdirSync(home.folder, { recursive: true });
    home.write('ask-before-every-video', closed);
    home.write('mine', reading);
    const policies = home.start();
    const name = presets.find(({ id }) => id === 'ask-before-every-video')?.name;
    expect(policies.inForce('ask-before-every-video')).toMatchObject({ name, version: 1, document: closed });
    expect(policies.inForce('mine')).toMatchObject({ name: 'mine', document: reading });
    expect(policies.list()).toHaveLength(presets.length + 1);
    expect(policies.outside.list()).toEqual([]);
    // Once.
    home.write('mine', asking);
    policies.save({ name: 'Another', document: closed });
    home.stop();
    expect(home.start().inForce('mine')).toMatchObject({ document: reading });
  });

  it('is none where the database was lost: files wait, but for the presets as they come', () => {
    home.stop();
    for (const file of readdirSync(home.directory)) {
      if (file.startsWith('greenlight.db')) rmSync(join(home.directory, file));
    }
    home.write('ask-before-every-video', closed);
    home.write('mine', reading);
    rmSync(home.path('autopilot-on-a-budget'));
    const policies = home.start({ firstRun: false });
    const name = presets.find(({ id }) => id === 'ask-before-every-video')?.name;
    expect(policies.outside.list()).toEqual([
      expect.objectContaining({ id: 'policy:ask-before-every-video', name, after: closed }),
      expect.objectContaining({ id: 'policy:mine', name: 'mine', after: reading }),
    ]);
    for (const change of policies.outside.list()) expect(change).not.toHaveProperty('before');
    expect(policies.inForce('ask-before-every-video')).toBeUndefined();
    expect(policies.inForce('mine')).toBeUndefined();
    expect(policies.inForce('block-everything')).toMatchObject({ version: 1 });
    expect(policies.inForce('autopilot-on-a-budget')).toMatchObject({ version: 1 });
    home.answer('ask-before-every-video', 'use');
    expect(policies.inForce('ask-before-every-video')).toMatchObject({ name, version: 1, document: closed });
  });
});

describe('saving', () => {
  it('puts a new policy in force, in a file of its own, under an id made of its name', () => {
    const saved = home.policies.save({ name: 'Été: reading (2)', document: reading });
    expect(saved).toEqual({ id: 'ete-reading-2', version: 1 });
    expect(JSON.parse(home.text('ete-reading-2'))).toEqual(reading);
    const inForce = home.policies.inForce('ete-reading-2');
    expect(inForce).toMatchObject({ name: 'Été: reading (2)', version: 1, document: reading });
    expect(inForce && evaluate(inForce.policy, call).outcome).toBe('allow');
    expect(home.policies.list()).toContainEqual({
      id: 'ete-reading-2',
      name: 'Été: reading (2)',
      version: 1,
      description: 'Reading only.',
      updatedAt: home.time.now,
      errors: [],
    });
  });

  it('makes ids that nothing has, not even a deleted policy or a file that is not valid', () => {
    const { policies } = home;
    policies.save({ name: 'Mine', document: reading });
    policies.delete('mine');
    home.write('mine-2', '{');
    expect(policies.save({ name: 'mine!', document: closed })).toEqual({ id: 'mine-3', version: 1 });
    expect(policies.save({ name: '映画', document: closed })).toEqual({ id: 'policy', version: 1 });
    expect(policies.save({ name: 'CON', document: closed })).toEqual({ id: 'policy-con', version: 1 });
    expect(policies.save({ name: 'x'.repeat(100), document: closed })).toEqual({
      id: 'x'.repeat(58),
      version: 1,
    });
  });

  it('counts versions and keeps the old ones', () => {
    const { policies } = home;
    policies.save({ id: 'mine', name: 'Mine', document: reading });
    home.time.now += 1000;
    expect(policies.save({ id: 'mine', name: 'Mine', document: closed })).toEqual({ id: 'mine', version: 2 });
    expect(policies.inForce('mine')).toMatchObject({ version: 2, document: closed });
    expect(policies.history('mine')).toEqual([
      { version: 2, createdAt: home.time.now, document: closed },
      { version: 1, createdAt: home.time.now - 1000, document: reading },
    ]);
    expect(policies.get('mine')).toEqual({
      id: 'mine',
      name: 'Mine',
      version: 2,
      document: closed,
      path: home.path('mine'),
    });
    expect(policies.get('mine', 1)?.document).toEqual(reading);
    expect(policies.get('mine', 3)).toBeUndefined();
    expect(policies.get('nobody')).toBeUndefined();
  });

  it('keeps the version of a document that means the same, and takes a new name', () => {
    const { policies } = home;
    policies.save({ id: 'mine', name: 'Mine', document: { version: '1', default: 'deny', tools: {} } });
    const same = { tools: {}, default: 'deny', version: '1' };
    expect(policies.save({ id: 'mine', name: 'Ours', document: same })).toEqual({ id: 'mine', version: 1 });
    expect(policies.inForce('mine')).toMatchObject({ name: 'Ours', version: 1 });
    home.stop();
    expect(home.start().inForce('mine')).toMatchObject({ name: 'Ours', version: 1 });
  });

  it('answers an invalid document with its errors and changes nothing', () => {
    const { policies } = home;
    policies.save({ id: 'mine', name: 'Mine', document: reading });
    const saved = policies.save({ id: 'mine', name: 'Mine', document: { ...closed, defualt: 'allow' } });
    expect(saved).toEqual({ errors: [{ pointer: '/defualt', message: expect.any(String) }] });
    expect(policies.inForce('mine')).toMatchObject({ version: 1, document: reading });
    expect(JSON.parse(home.text('mine'))).toEqual(reading);
  });

  it.each([
    '../evil',
    '..',
    '.',
    '',
    'a/b',
    'a\\b',
    'A',
    '-a',
    'a.b',
    'nul',
    'a\0',
    'a'.repeat(65),
    '__proto__',
  ])('refuses %j as an id', (id) => {
    const before = readdirSync(home.folder);
    const saved = home.policies.save({ id, name: 'Evil', document: closed });
    expect(saved).toEqual({ errors: [{ pointer: '', message: expect.stringContaining('id has at most') }] });
    expect(readdirSync(home.folder)).toEqual(before);
    expect(readdirSync(home.directory).filter((name) => name.includes('evil'))).toEqual([]);
    expect(home.policies.inForce(id)).toBeUndefined();
  });

  it('refuses a policy that is too large to be read again', () => {
    const document = { ...closed, description: 'x'.repeat(1024 * 1024) };
    expect(home.policies.save({ name: 'Big', document })).toEqual({
      errors: [{ pointer: expect.any(String), message: expect.any(String) }],
    });
  });

  it('replaces a symbolic link, and leaves alone what it points at', () => {
    const outside = join(home.directory, 'outside.json');
    writeFileSync(outside, JSON.stringify(reading));
    symlinkSync(outside, home.path('linked'));
    expect(home.policies.save({ id: 'linked', name: 'Linked', document: closed })).toMatchObject({
      version: 1,
    });
    expect(statSync(outside).size).toBe(JSON.stringify(reading).length);
    expect(JSON.parse(home.text('linked'))).toEqual(closed);
    // What the link led to was in force never, and is kept.
    expect(readdirSync(home.folder).filter((name) => name.startsWith('linked.json.'))).toHaveLength(1);
  });

  it('keeps the text of an invalid file that it replaces', () => {
    home.policies.save({ id: 'mine', name: 'Mine', document: reading });
    home.write('mine', '{ "half": ');
    home.policies.save({ id: 'mine', name: 'Mine', document: closed });
    const kept = readdirSync(home.folder).filter((name) => name.endsWith('.kept'));
    expect(kept).toEqual(['mine.json.2030-01-01T00-00-00.000Z.kept']);
    expect(JSON.parse(home.text('mine'))).toEqual(closed);
    expect(home.policies.errors('mine')).toEqual([]);
  });

  it('throws and changes nothing while the database is locked', () => {
    const { policies } = home;
    policies.save({ id: 'mine', name: 'Mine', document: reading });
    const other = new DatabaseSync(join(home.directory, 'greenlight.db'));
    other.exec('BEGIN IMMEDIATE');
    expect(() => policies.save({ id: 'mine', name: 'Mine', document: closed })).toThrow(/holds the database/);
    other.close();
    expect(policies.inForce('mine')).toMatchObject({ version: 1, document: reading });
    expect(JSON.parse(home.text('mine'))).toEqual(reading);
    expect(readdirSync(home.folder).filter((name) => name.includes('staged'))).toEqual([]);
  });

  it('throws and changes nothing when the folder cannot be written to', () => {
    const { policies } = home;
    policies.save({ id: 'mine', name: 'Mine', document: reading });
    rmSync(home.folder, { recursive: true });
    writeFileSync(home.folder, 'in the way');
    expect(() => policies.save({ id: 'mine', name: 'Mine', document: closed })).toThrow(
      /could not be written to .*mine\.json.*Nothing was changed/,
    );
    expect(policies.inForce('mine')).toMatchObject({ version: 1, document: reading });
  });

  it('puts a version in force even if its file cannot be replaced, and says so', () => {
    const { policies } = home;
    mkdirSync(home.path('mine'));
    expect(policies.save({ id: 'mine', name: 'Mine', document: reading })).toEqual({
      id: 'mine',
      version: 1,
    });
    expect(policies.inForce('mine')).toMatchObject({ version: 1, document: reading });
    expect(policies.errors('mine')[0]?.message).toContain('could not be replaced');
    home.stop();
    rmSync(home.path('mine'), { recursive: true });
    expect(home.start().errors('mine')).toEqual([]);
    expect(JSON.parse(home.text('mine'))).toEqual(reading);
  });
});

describe('restoring and deleting', () => {
  it('puts an old document in force as a new version', () => {
    const { policies } = home;
    policies.save({ id: 'mine', name: 'Mine', document: reading });
    policies.save({ id: 'mine', name: 'Mine', document: closed });
    expect(policies.restore('mine', 1)).toEqual({ id: 'mine', version: 3 });
    expect(policies.inForce('mine')).toMatchObject({ version: 3, document: reading });
    expect(JSON.parse(home.text('mine'))).toEqual(reading);
    expect(() => policies.restore('mine', 9)).toThrow(/no version 9 .*history/);
    expect(() => policies.restore('nobody', 1)).toThrow(/no version 1/);
  });

  it('shows of many large versions the newest, and has each', () => {
    const { policies } = home;
    const large = (number: number) => ({ ...reading, description: `${number} ${'long '.repeat(60_000)}` });
    for (let number = 1; number <= 8; number++)
      policies.save({ id: 'mine', name: 'Mine', document: large(number) });
    const shown = policies.history('mine');
    expect(shown.map(({ version }) => version)).toEqual([8, 7, 6]);
    expect(policies.get('mine', 1)?.document).toEqual(large(1));
  });

  it('brings back the file of the version in force', () => {
    const { policies } = home;
    policies.save({ id: 'mine', name: 'Mine', document: reading });
    rmSync(home.path('mine'));
    expect(policies.restore('mine', 1)).toEqual({ id: 'mine', version: 1 });
    expect(JSON.parse(home.text('mine'))).toEqual(reading);
  });

  it('removes a deleted policy and its file, and keeps its versions', () => {
    const { policies } = home;
    policies.save({ id: 'mine', name: 'Mine', document: reading });
    policies.delete('mine');
    expect(policies.inForce('mine')).toBeUndefined();
    expect(policies.get('mine')).toBeUndefined();
    expect(existsSync(home.path('mine'))).toBe(false);
    expect(policies.problems()).toEqual([]);
    expect(policies.history('mine')).toHaveLength(1);
    expect(() => policies.delete('mine')).toThrow(/There is no policy/);
    home.stop();
    expect(home.start().inForce('mine')).toBeUndefined();
    expect(home.policies.save({ id: 'mine', name: 'Mine', document: reading })).toEqual({
      id: 'mine',
      version: 2,
    });
  });

  it('leaves a policy in force whose file cannot be removed', () => {
    const { policies } = home;
    policies.save({ id: 'mine', name: 'Mine', document: reading });
    rmSync(home.path('mine'));
    mkdirSync(home.path('mine'));
    expect(() => policies.delete('mine')).toThrow(/was not deleted/);
    expect(policies.inForce('mine')).toMatchObject({ version: 1 });
  });
});

describe('what was accepted before Greenlight looked closer', () => {
  it('stays in force; its file says what is wrong, and it cannot be saved again', () => {
    const limit = { counter: 'calls', window: 'day', max: 20 };
    const document = {
      ...reading,
      all_tools: { limits: [limit, { ...limit, max: 5, increment_from: 'cost' }] },
    };
    home.policies.save({ id: 'mine', name: 'Mine', document: reading });
    home.database.sql
      .prepare(`UPDATE policy_versions SET document = ?, digest = ? WHERE policy_id = 'mine'`)
      .run(JSON.stringify(document), digest(document));
    home.write('mine', document);
    const policies = home.restart();
    expect(policies.inForce('mine')).toMatchObject({ version: 1, document });
    expect(policies.list().find(({ id }) => id === 'mine')?.errors).toEqual([
      { pointer: '/all_tools/limits/1/counter', message: expect.stringContaining('cannot add the two') },
    ]);
    expect(policies.save({ id: 'mine', name: 'Mine', document })).toHaveProperty('errors');
  });
});

describe('what cannot be trusted is not in force', () => {
  it.each([
    ['damaged', 'UPDATE policy_versions SET document = substr(document, 5) WHERE policy_id = ?'],
    [
      'changed behind our back',
      `UPDATE policy_versions SET document = replace(document, 'deny', 'allow') WHERE policy_id = ?`,
    ],
    [
      'of a language nobody knows',
      `UPDATE policy_versions SET document = '{"version":"9"}' WHERE policy_id = ?`,
    ],
  ])('a stored version that is %s', (_what, sql) => {
    home.policies.save({ id: 'mine', name: 'Mine', document: reading });
    home.database.sql.prepare(sql).run('mine');
    home.stop();
    rmSync(home.path('mine'));
    const policies = home.start();
    expect(policies.inForce('mine')).toBeUndefined();
    expect(policies.problems()).toEqual([
      { id: 'policy:mine', message: expect.stringContaining('calls that follow it are refused') },
    ]);
  });

  it('is not mended by a valid file until the person uses it', () => {
    home.policies.save({ id: 'mine', name: 'Mine', document: reading });
    home.database.sql.prepare(`UPDATE policy_versions SET document = '{}' WHERE policy_id = 'mine'`).run();
    home.stop();
    const policies = home.start();
    expect(policies.inForce('mine')).toBeUndefined();
    expect(home.change('mine')).toMatchObject({ name: 'Mine', after: reading });
    expect(home.change('mine')).not.toHaveProperty('before');
    home.answer('mine', 'use');
    expect(policies.inForce('mine')).toMatchObject({ version: 2, document: reading });
  });

  it('nor is a preset by its own text', () => {
    const preset = JSON.parse(home.text('block-everything'));
    home.database.sql
      .prepare(`UPDATE policy_versions SET document = '{}' WHERE policy_id = 'block-everything'`)
      .run();
    home.stop();
    expect(home.start().inForce('block-everything')).toBeUndefined();
    expect(home.change('block-everything')).toMatchObject({ after: preset });
    home.answer('block-everything', 'keep');
    expect(home.policies.errors('block-everything')[0]?.message).toContain('The file is gone');
  });
});

it('a folder that cannot be used is named, with what to do', () => {
  home.stop();
  rmSync(home.folder, { recursive: true });
  writeFileSync(home.folder, 'in the way');
  expect(() => home.start()).toThrow(
    /could not open the folder of its policies, .*policies .*Make it a folder/,
  );
  home.database.close();
});

it('listeners are told of every change, and a failing one does not keep it from the others', () => {
  const { policies } = home;
  const told: string[] = [];
  policies.onChange(() => {
    throw new Error('a bug');
  });
  const stop = policies.onChange((id) => told.push(`${id} ${policies.inForce(id)?.version}`));
  policies.save({ id: 'mine', name: 'Mine', document: reading });
  policies.save({ id: 'mine', name: 'Mine', document: reading });
  policies.save({ id: 'mine', name: 'Mine', document: asking });
  policies.delete('mine');
  stop();
  policies.save({ id: 'mine', name: 'Mine', document: reading });
  expect(told).toEqual(['mine 1', 'mine 2', 'mine undefined']);
});
