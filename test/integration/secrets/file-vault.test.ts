import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSecrets } from '../../../main/secrets/secrets.ts';
import { startChild } from '../../support/child.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';
import { modeOf, POSIX } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = temporaryFolder();
  path = join(directory, 'secrets.json');
  vi.stubEnv('GREENLIGHT_SECRETS', 'file');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const open = () => openSecrets({ directory, service: 'Greenlight test', logger: silent });

describe('the file of secrets', () => {
  it('gives back what it was given, also at the next start', async () => {
    const vault = await open();
    expect(await vault.get('luma')).toBeUndefined();
    await vault.set('luma', 'first');
    await vault.set('luma', 'sécond "quoted"\n');
    expect(await vault.get('toString')).toBeUndefined();
    expect(await (await open()).get('luma')).toBe('sécond "quoted"\n');
  });

  it('forgets what is deleted; deleting what is not there changes nothing', async () => {
    const vault = await open();
    await vault.delete('luma');
    expect(existsSync(path)).toBe(false);
    await vault.set('luma', 'secret');
    await vault.set('other', 'kept');
    await vault.delete('luma');
    expect(await vault.get('luma')).toBeUndefined();
    expect(await vault.get('other')).toBe('kept');
    expect(readFileSync(path, 'utf8')).not.toContain('secret"');
  });

  it('says where it is', async () => {
    expect((await open()).description).toBe(`a file only you can read (${path})`);
  });

  it(
    'is readable by its owner only, whatever it was before',
    skipUnless(POSIX, 'Windows has no file modes'),
    async () => {
      const vault = await open();
      await vault.set('luma', 'secret');
      expect(modeOf(path)).toBe(0o600);
      chmodSync(path, 0o644);
      await vault.get('luma');
      expect(modeOf(path)).toBe(0o600);
    },
  );

  it('keeps every one of many secrets set at once', async () => {
    const vault = await open();
    const names = Array.from({ length: 50 }, (_, n) => `name ${n}`);
    await Promise.all(names.map((name) => vault.set(name, name.toUpperCase())));
    expect(await Promise.all(names.map((name) => vault.get(name)))).toEqual(
      names.map((n) => n.toUpperCase()),
    );
    expect(readdirSync(directory)).toEqual(['secrets.json']);
  });

  it('is whole for whoever reads it while it is written', async () => {
    const vault = await open();
    await vault.set('luma', 'x'.repeat(100_000));
    // Another process reads all the time; it fails at the first file that is not whole.
    const reader = startChild(process.execPath, [
      '-e',
      `const { readFileSync } = require('node:fs');
       let reads = 0;
       process.stdin.on('data', () => { console.log(reads); process.exit(0); });
       (function next() { JSON.parse(readFileSync(process.argv[1], 'utf8')); if (++reads === 1) console.log('go'); setImmediate(next); })();`,
      path,
    ]);
    const ended = new Promise((resolve) => reader.once('exit', resolve));
    await new Promise((resolve) => reader.stdout.once('data', resolve));
    for (let n = 0; n < 100; n++) {
      await vault.set('luma', String(n).repeat(50_000));
      await new Promise(setImmediate);
    }
    reader.stdin.write('stop');
    expect(await ended).toBe(0);
  });

  it('replaces a symbolic link instead of writing through it', async () => {
    const outside = join(directory, 'outside.json');
    writeFileSync(outside, JSON.stringify({ version: 1, secrets: { old: 'secret' } }));
    symlinkSync(outside, path);
    const vault = await open();
    await vault.set('luma', 'new');
    expect(readFileSync(outside, 'utf8')).not.toContain('luma');
    expect(await vault.get('old')).toBe('secret');
  });

  const refusal = /secrets\.json is not a file of secrets that Greenlight knows.*Move it away/;
  const damaged = [
    ['cut off', '{"version":1,"secrets":{"luma":"to'],
    ['empty', ''],
    ['something else', '{"luma":"token"}'],
    ['with a value that is no text', '{"version":1,"secrets":{"luma":{"token":1}}}'],
  ];

  it.each(damaged)('that is %s is put aside at the start, and told', async (_what, content) => {
    writeFileSync(path, content);
    const vault = await open();
    const [copy = ''] = readdirSync(directory);
    expect(copy).toMatch(/^secrets\.invalid-.*\.json$/);
    expect(readFileSync(join(directory, copy), 'utf8')).toBe(content);
    expect(vault.problem).toContain(
      `The file is kept as ${join(directory, copy)}. Enter the upstream’s token again`,
    );
    expect(await vault.get('luma')).toBeUndefined();
    await vault.set('luma', 'token');
    expect((await open()).problem).toBeUndefined();
    expect(await (await open()).get('luma')).toBe('token');
  });

  it.each(damaged)(
    'that is %s later is refused with what to do, and left as it is',
    async (_what, content) => {
      const vault = await open();
      writeFileSync(path, content);
      await expect(vault.get('luma')).rejects.toThrow(refusal);
      await expect(vault.set('luma', 'token')).rejects.toThrow(refusal);
      await expect(vault.delete('luma')).rejects.toThrow(refusal);
      expect(readFileSync(path, 'utf8')).toBe(content);
    },
  );

  it('of a newer Greenlight is refused with what to do, and left as it is', async () => {
    const content = '{"version":2,"secrets":{}}';
    writeFileSync(path, content);
    const vault = await open();
    expect(vault.problem).toBeUndefined();
    await expect(vault.get('luma')).rejects.toThrow(refusal);
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('that cannot be read or written is named, with what to do', async () => {
    const vault = await open();
    mkdirSync(path);
    await expect(vault.get('luma')).rejects.toThrow(
      /cannot be read \(it is no plain file\)\. Make it a file/,
    );
    rmSync(directory, { recursive: true });
    await expect(vault.set('luma', 'secret')).rejects.toThrow(/could not be written to .*secrets\.json/);
    mkdirSync(directory);
  });
});

it('refuses a GREENLIGHT_SECRETS it does not know', async () => {
  vi.stubEnv('GREENLIGHT_SECRETS', 'fiel');
  await expect(open()).rejects.toThrow(/GREENLIGHT_SECRETS is "fiel"\. Set it to "file"/);
});
