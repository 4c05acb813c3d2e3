import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { formatDocument } from '../../../main/policies/document.ts';
import { digest } from '../../../shared/digest.ts';
import type { Json } from '../../../shared/json.ts';
import { asking, closed, eventually, homePerTest, reading } from './setup.ts';

const home = homePerTest();
const mine = () => home.saveMine();
const restart = () => home.restart();
/** Waits until what was written into the file of `id` waits for the person. */
const changed = (id: string, after: object) =>
  eventually(() => expect(home.change(id)).toMatchObject({ after, digest: digest(after as Json) }));
/** The person uses what was written into the file of `id`. */
async function use(id: string, after: object) {
  await changed(id, after);
  home.answer(id, 'use');
}

/** What is in force until the person says otherwise. */
const accepted = { version: 1, document: reading };

/** The texts that Greenlight kept beside the files. */
const keptTexts = () =>
  readdirSync(home.folder)
    .filter((name) => name.endsWith('.kept'))
    .map((name) => readFileSync(join(home.folder, name), 'utf8'));

describe('an edit by hand, while Greenlight runs', () => {
  it('waits for the person, and is the next version once they use it', async () => {
    const policies = mine();
    home.write('mine', closed);
    await changed('mine', closed);
    expect(home.change('mine')).toEqual({
      id: 'policy:mine',
      kind: 'policy',
      name: 'Mine',
      path: home.path('mine'),
      seenAt: home.time.now,
      before: reading,
      after: closed,
      digest: digest(closed),
    });
    expect(policies.inForce('mine')).toMatchObject(accepted);
    expect(policies.history('mine')).toHaveLength(1);
    expect(policies.errors('mine')).toEqual([]);
    home.answer('mine', 'use');
    expect(policies.inForce('mine')).toMatchObject({ name: 'Mine', version: 2, document: closed });
    expect(policies.history('mine')).toHaveLength(2);
    expect(policies.outside.list()).toEqual([]);
    expect(home.text('mine')).toBe(JSON.stringify(closed));
  });

  it('is undone when the person keeps theirs, and its text is kept', async () => {
    const policies = mine();
    home.write('mine', closed);
    await changed('mine', closed);
    home.answer('mine', 'keep');
    expect(policies.outside.list()).toEqual([]);
    expect(policies.inForce('mine')).toMatchObject(accepted);
    expect(policies.history('mine')).toHaveLength(1);
    expect(JSON.parse(home.text('mine'))).toEqual(reading);
    expect(keptTexts()).toEqual([JSON.stringify(closed)]);
    expect(restart().outside.list()).toEqual([]);
  });

  it('that was changed back does not wait any more', async () => {
    mine();
    home.write('mine', closed);
    await changed('mine', closed);
    const { digest: seen } = home.change('mine') ?? { digest: '' };
    home.write('mine', reading);
    await eventually(() => expect(home.change('mine')).toBeUndefined());
    for (const answer of ['use', 'keep'] as const) {
      expect(() => home.policies.outside.decide('policy:mine', seen, answer)).toThrow(/Nothing .* waits/);
    }
    expect(home.policies.inForce('mine')).toMatchObject(accepted);
  });

  it('that was changed again between the look and the answer is not used', async () => {
    const policies = mine();
    home.write('mine', closed);
    await changed('mine', closed);
    // In the same moment: no watcher could have seen it.
    home.write('mine', asking);
    expect(() => policies.outside.decide('policy:mine', digest(closed), 'use')).toThrow(
      expect.objectContaining({ code: 'conflict', message: expect.stringContaining('changed again') }),
    );
    expect(policies.inForce('mine')).toMatchObject(accepted);
    home.answer('mine', 'use');
    expect(policies.inForce('mine')).toMatchObject({ version: 2, document: asking });
  });

  it('that became invalid between the look and the answer is not used', async () => {
    const policies = mine();
    home.write('mine', closed);
    await changed('mine', closed);
    home.write('mine', '{');
    expect(() => policies.outside.decide('policy:mine', digest(closed), 'use')).toThrow(/Nothing .* waits/);
    expect(policies.inForce('mine')).toMatchObject(accepted);
    expect(policies.errors('mine')).toHaveLength(1);
  });

  it('that became something else after the look is put back all the same by “keep”', async () => {
    const policies = mine();
    home.write('mine', closed);
    await changed('mine', closed);
    home.write('mine', '{ "half": ');
    policies.outside.decide('policy:mine', digest(closed), 'keep');
    expect(JSON.parse(home.text('mine'))).toEqual(reading);
    expect(keptTexts()).toEqual(['{ "half": ']);
    expect(policies.errors('mine')).toEqual([]);
  });

  it('back to an older version waits too', async () => {
    const policies = mine();
    policies.save({ id: 'mine', name: 'Mine', document: closed });
    home.write('mine', reading);
    await changed('mine', reading);
    expect(policies.inForce('mine')).toMatchObject({ version: 2, document: closed });
    home.answer('mine', 'keep');
    expect(JSON.parse(home.text('mine'))).toEqual(closed);
    // Nothing is lost without a copy: it is one of the versions.
    expect(keptTexts()).toEqual([]);
  });

  it('back to a preset as it came waits too', async () => {
    const preset = JSON.parse(home.text('block-everything'));
    home.policies.save({ id: 'block-everything', name: 'Nothing', document: closed });
    home.write('block-everything', preset);
    await changed('block-everything', preset);
    expect(home.policies.inForce('block-everything')).toMatchObject({ version: 2, document: closed });
  });

  it('that cannot be undone says so, and what was accepted stays in force', async () => {
    const policies = mine();
    home.write('mine', closed);
    await changed('mine', closed);
    rmSync(home.path('mine'));
    mkdirSync(home.path('mine'));
    expect(() => policies.outside.decide('policy:mine', digest(closed), 'keep')).toThrow(
      /mine\.json could not be replaced .* stays in force/,
    );
    expect(policies.inForce('mine')).toMatchObject(accepted);
  });

  it('that cannot be recorded is not used, and can be later', async () => {
    const policies = mine();
    home.write('mine', closed);
    await changed('mine', closed);
    const other = new DatabaseSync(join(home.directory, 'greenlight.db'));
    other.exec('BEGIN IMMEDIATE');
    expect(() => home.answer('mine', 'use')).toThrow(/holds the database/);
    expect(policies.inForce('mine')).toMatchObject(accepted);
    other.close();
    home.answer('mine', 'use');
    expect(policies.inForce('mine')).toMatchObject({ version: 2, document: closed });
  });

  it('is picked up from editors that save by renaming', async () => {
    const policies = mine();
    const temporary = join(home.folder, 'mine.json~');
    writeFileSync(temporary, JSON.stringify(closed));
    renameSync(temporary, home.path('mine'));
    await use('mine', closed);
    expect(policies.inForce('mine')).toMatchObject({ version: 2 });
    // And again: the watcher must not have lost the file with the one it replaced.
    writeFileSync(temporary, JSON.stringify(asking));
    renameSync(temporary, home.path('mine'));
    await use('mine', asking);
    expect(policies.inForce('mine')).toMatchObject({ version: 3, document: asking });
  });

  it('half written is only reported until the other half is there', async () => {
    const policies = mine();
    const text = formatDocument(closed);
    home.write('mine', text.slice(0, 20));
    await eventually(() => expect(policies.errors('mine')).toHaveLength(1));
    expect(policies.outside.list()).toEqual([]);
    appendFileSync(home.path('mine'), text.slice(20));
    await use('mine', closed);
    expect(policies.inForce('mine')).toMatchObject({ version: 2, document: closed });
    expect(policies.errors('mine')).toEqual([]);
  });

  it('that changes only the layout is no change', async () => {
    const policies = mine();
    home.write('mine', '{');
    await eventually(() => expect(policies.errors('mine')).toHaveLength(1));
    home.write('mine', JSON.stringify(reading, null, 8));
    await eventually(() => expect(policies.errors('mine')).toEqual([]));
    expect(policies.outside.list()).toEqual([]);
    expect(policies.history('mine')).toHaveLength(1);
  });

  it('makes a policy of a file dropped in, named after the file, once the person uses it', async () => {
    home.write('dropped-in', closed);
    await changed('dropped-in', closed);
    expect(home.change('dropped-in')).not.toHaveProperty('before');
    expect(home.policies.inForce('dropped-in')).toBeUndefined();
    expect(home.policies.list().map(({ id }) => id)).not.toContain('dropped-in');
    expect(home.policies.problems()).toEqual([]);
    home.answer('dropped-in', 'use');
    expect(home.policies.inForce('dropped-in')).toMatchObject({ name: 'dropped-in', version: 1 });
    expect(home.policies.list().map(({ id }) => id)).toContain('dropped-in');
  });

  it('that dropped a file in is put aside when the person keeps theirs', async () => {
    home.write('dropped-in', closed);
    await changed('dropped-in', closed);
    home.answer('dropped-in', 'keep');
    expect(existsSync(home.path('dropped-in'))).toBe(false);
    expect(keptTexts()).toEqual([JSON.stringify(closed)]);
    expect(restart().outside.list()).toEqual([]);
    expect(home.policies.problems()).toEqual([]);
  });

  it('that brings a deleted policy back waits', async () => {
    const policies = mine();
    policies.delete('mine');
    home.write('mine', reading);
    await changed('mine', reading);
    expect(policies.inForce('mine')).toBeUndefined();
    home.answer('mine', 'use');
    expect(policies.inForce('mine')).toMatchObject({ name: 'Mine', version: 2 });
  });

  it.each([
    ['not noticed yet', false],
    ['shown', true],
  ])(
    'that was %s is kept beside by a save in the window, and does not wait any more',
    async (_when, noticed) => {
      const policies = mine();
      home.write('mine', closed);
      if (noticed) await changed('mine', closed);
      expect(policies.save({ id: 'mine', name: 'Mine', document: asking })).toEqual({
        id: 'mine',
        version: 2,
      });
      expect(policies.outside.list()).toEqual([]);
      expect(JSON.parse(home.text('mine'))).toEqual(asking);
      expect(keptTexts()).toEqual([JSON.stringify(closed)]);
    },
  );

  it('is kept beside also when what is saved is in force already', async () => {
    const policies = mine();
    home.write('mine', closed);
    expect(policies.save({ id: 'mine', name: 'Mine', document: reading })).toEqual({
      id: 'mine',
      version: 1,
    });
    expect(policies.outside.list()).toEqual([]);
    expect(JSON.parse(home.text('mine'))).toEqual(reading);
    expect(keptTexts()).toEqual([JSON.stringify(closed)]);
  });

  it('is found without any sign from the file system', async () => {
    const outside = join(home.directory, 'outside.json');
    writeFileSync(outside, JSON.stringify(reading));
    symlinkSync(outside, home.path('linked'));
    await use('linked', reading);
    writeFileSync(outside, JSON.stringify(closed));
    await changed('linked', closed);
  });

  it('is seen even if the file has the size and the time it had before', async () => {
    mine();
    const old = new Date(home.time.now - 10 * 365 * 86_400_000);
    home.write('mine', reading);
    utimesSync(home.path('mine'), old, old);
    restart();
    const other = { ...reading, description: 'Reading 0nly.' };
    home.write('mine', other);
    utimesSync(home.path('mine'), old, old);
    await changed('mine', other);
  });

  it('is told to the listeners, and so is what is wrong with it', async () => {
    const policies = mine();
    const told: string[] = [];
    policies.onChange((id) =>
      told.push(`${id} ${policies.inForce(id)?.version} ${policies.errors(id).length}`),
    );
    const waiting: string[][] = [];
    policies.outside.onChange(() => waiting.push(policies.outside.list().map(({ id }) => id)));
    home.write('mine', closed);
    await eventually(() => expect(waiting).toEqual([['policy:mine']]));
    expect(told).toEqual([]);
    home.answer('mine', 'use');
    expect(told).toEqual(['mine 2 0']);
    expect(waiting).toEqual([['policy:mine'], []]);
    home.write('mine', '{');
    await eventually(() => expect(told).toEqual(['mine 2 0', 'mine 2 1']));
    rmSync(home.path('mine'));
    await eventually(() => expect(told).toHaveLength(3));
    expect(waiting).toHaveLength(2);
  });

  it('is not followed after close', async () => {
    const policies = mine();
    policies.close();
    let told = 0;
    policies.outside.onChange(() => told++);
    home.write('mine', closed);
    // Another watcher sees a later change: by then the first would have seen its own.
    home.stop();
    home.start();
    home.write('mine', asking);
    await changed('mine', asking);
    expect(told).toBe(0);
  });
});

describe('an edit by hand, while Greenlight is not running', () => {
  it('waits at the next start, and at the one after', () => {
    mine();
    home.stop();
    home.write('mine', closed);
    for (const policies of [home.start(), restart()]) {
      expect(policies.inForce('mine')).toMatchObject(accepted);
      expect(policies.outside.list()).toMatchObject([{ id: 'policy:mine', before: reading, after: closed }]);
    }
    home.answer('mine', 'use');
    expect(home.policies.inForce('mine')).toMatchObject({ name: 'Mine', version: 2, document: closed });
    expect(restart().inForce('mine')).toMatchObject({ version: 2, document: closed });
    expect(home.policies.outside.list()).toEqual([]);
  });

  it('that put a new file there waits', () => {
    home.stop();
    home.write('new', closed);
    const policies = home.start();
    expect(policies.inForce('new')).toBeUndefined();
    expect(home.change('new')).toMatchObject({ name: 'new', after: closed });
  });
});
