import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatDocument } from '../../../main/policies/document.ts';
import { openPolicyFiles } from '../../../main/policies/files.ts';
import { openVersions } from '../../../main/policies/versions.ts';
import { digest } from '../../../shared/digest.ts';
import { POSIX } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';
import { asking, closed, eventually, homePerTest, reading } from './setup.ts';

const home = homePerTest();
const mine = () => home.saveMine();
const restart = () => home.restart();

describe('an invalid file', () => {
  it.each([
    ['cut off', '{\n  "version": "1",\n  "tools": {', '', /^Line 3, column \d+: .*Mend the JSON there/],
    ['with a comma too many', '{\n  "version": "1",\n}', '', /^Line 3, column 1: .*property name/],
    ['with a comment', '{ // hello\n}', '', /^Line 1, column 3: /],
    ['empty', '', '', /The file is empty/],
    [
      'with a member given twice',
      '{"version":"1","default":"deny",\n"default":"allow","tools":{}}',
      '/default',
      /^Line 2, column 1: “default” is given twice/,
    ],
    [
      'with a tool given twice',
      '{"version":"1","default":"deny","tools":{"a/b":{},"a\\u002fb":{}}}',
      '/tools/a~1b',
      /given twice/,
    ],
    [
      'with a number that does not survive',
      '{"version":"1","default":"deny","costs":{"a/b":9007199254740993},"tools":{}}',
      '/costs/a~1b',
      /^The number 9007199254740993 does not survive: it would become 9007199254740992/,
    ],
    ['nested beyond reason', '['.repeat(500_000), '', /nested too deeply/],
    ['with a typo', JSON.stringify({ ...closed, defualt: 'allow' }), '/defualt', /./],
    [
      'larger than 1 MiB',
      JSON.stringify({ ...closed, description: 'x'.repeat(2 ** 20) }),
      '',
      /larger than 1 MiB/,
    ],
    ['that is not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), '', /not UTF-8/],
  ])(
    '%s is reported, and the last valid version stays in force, also after a restart',
    async (_what, content, pointer, message) => {
      let policies = mine();
      home.write('mine', content);
      const reported = () => {
        expect(policies.errors('mine')[0]).toEqual({ pointer, message: expect.stringMatching(message) });
        expect(policies.inForce('mine')).toMatchObject({ version: 1, document: reading });
        expect(policies.list().find(({ id }) => id === 'mine')?.errors).toEqual(policies.errors('mine'));
        const problem = policies.problems().find(({ id }) => id === 'policy:mine');
        expect(problem?.message).toContain(home.path('mine'));
        expect(problem?.message).toContain('Version 1 of this policy stays in force');
      };
      await eventually(reported);
      policies = restart();
      reported();
      const text = Buffer.isBuffer(content) ? content.toString('latin1') : content;
      expect(Buffer.isBuffer(content) ? text : home.text('mine')).toBe(text);
    },
  );

  it('that never was valid is no policy, but is reported', () => {
    home.write('new', '{');
    const policies = restart();
    expect(policies.inForce('new')).toBeUndefined();
    expect(policies.list().map(({ id }) => id)).not.toContain('new');
    expect(policies.problems()).toEqual([
      { id: 'policy:new', message: expect.stringContaining('calls that follow it are refused') },
    ]);
  });

  it('that is a pipe does not make Greenlight wait', skipUnless(POSIX, 'Windows has no such pipes'), () => {
    execFileSync('mkfifo', [home.path('pipe')]);
    expect(restart().errors('pipe')[0]?.message).toContain('no plain file');
  });

  it('is reported with a byte order mark only if it is invalid without', () => {
    home.write('marked', `\uFEFF${JSON.stringify(closed)}`);
    restart();
    home.answer('marked', 'use');
    expect(home.policies.inForce('marked')).toMatchObject({ document: closed });
    expect(restart().outside.list()).toEqual([]);
  });

  it('with a name that cannot be an id is reported and no policy', async () => {
    let told = 0;
    home.policies.onChange(() => told++);
    writeFileSync(join(home.folder, 'My policy.json'), JSON.stringify(asking));
    await eventually(() => {
      expect(home.policies.problems()).toEqual([
        { id: 'policy-file:My policy.json', message: expect.stringMatching(/cannot be a policy.*Rename it/) },
      ]);
    });
    expect(told).toBe(1);
    rmSync(join(home.folder, 'My policy.json'));
    await eventually(() => expect(home.policies.problems()).toEqual([]));
  });
});

describe('a file that is gone', () => {
  it('leaves its policy in force and is reported, also after a restart', async () => {
    let policies = mine();
    rmSync(home.path('mine'));
    await eventually(() => expect(policies.errors('mine')[0]?.message).toContain('The file is gone'));
    expect(policies.inForce('mine')).toMatchObject({ version: 1 });
    policies = restart();
    expect(policies.errors('mine')[0]?.message).toContain('The file is gone');
    expect(policies.inForce('mine')).toMatchObject({ version: 1, document: reading });
  });

  it('is well again when it is back', async () => {
    const policies = mine();
    rmSync(home.path('mine'));
    await eventually(() => expect(policies.errors('mine')).toHaveLength(1));
    home.write('mine', reading);
    await eventually(() => expect(policies.errors('mine')).toEqual([]));
    expect(policies.inForce('mine')).toMatchObject({ version: 1 });
  });

  it('together with the whole folder leaves everything in force, and a save makes a new folder', async () => {
    const policies = mine();
    rmSync(home.folder, { recursive: true });
    await eventually(() => {
      expect(policies.problems()).toContainEqual({
        id: 'policy-folder',
        message: expect.stringMatching(/cannot be read.*stays in force/),
      });
    });
    expect(policies.inForce('mine')).toMatchObject({ version: 1 });
    policies.save({ id: 'mine', name: 'Mine', document: closed });
    expect(JSON.parse(home.text('mine'))).toEqual(closed);
    await eventually(() => {
      expect(policies.problems().map(({ id }) => id)).not.toContain('policy-folder');
    });
    expect(policies.inForce('ask-before-every-video')).toBeDefined();
  });
});

describe('a crash while saving', () => {
  /** Does what a save does, up to the step at which the power fails. */
  const crash = (steps: 'staged' | 'recorded') => {
    const files = openPolicyFiles(home.folder);
    files.stage('mine', formatDocument(closed));
    if (steps === 'recorded') {
      const policy = {
        id: 'mine',
        name: 'Mine',
        document: closed,
        digest: digest(closed),
        at: home.time.now,
      };
      openVersions(home.database).add(policy);
    }
    home.stop();
  };
  const leftovers = () => readdirSync(home.folder).filter((name) => name.startsWith('.'));

  it('before the database has it leaves the old version', () => {
    mine();
    crash('staged');
    expect(home.start().inForce('mine')).toMatchObject({ version: 1, document: reading });
    expect(JSON.parse(home.text('mine'))).toEqual(reading);
    expect(leftovers()).toEqual([]);
  });

  it('after the database has it leaves the new version, and the file follows', () => {
    mine();
    crash('recorded');
    const policies = home.start();
    expect(policies.inForce('mine')).toMatchObject({ version: 2, document: closed });
    expect(policies.history('mine')).toHaveLength(2);
    expect(JSON.parse(home.text('mine'))).toEqual(closed);
    expect(leftovers()).toEqual([]);
  });

  it('of a new policy leaves a policy with its file', () => {
    crash('recorded');
    expect(home.start().inForce('mine')).toMatchObject({ version: 1, document: closed });
    expect(home.policies.problems()).toEqual([]);
    expect(JSON.parse(home.text('mine'))).toEqual(closed);
  });

  it('does not undo an edit by hand made since', () => {
    mine();
    crash('recorded');
    home.write('mine', asking);
    const policies = home.start();
    expect(policies.inForce('mine')).toMatchObject({ version: 2, document: closed });
    expect(home.change('mine')).toMatchObject({ before: closed, after: asking });
    expect(JSON.parse(home.text('mine'))).toEqual(asking);
    expect(leftovers()).toEqual([]);
  });

  it('leaves nothing of a policy that was never recorded', () => {
    crash('staged');
    expect(home.start().inForce('mine')).toBeUndefined();
    expect(home.policies.problems()).toEqual([]);
    expect(leftovers()).toEqual([]);
  });
});
