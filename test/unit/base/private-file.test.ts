/** Files of Greenlight's own: whole, private, and never somebody else's. */
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createPrivateFile,
  ownFile,
  readOwnFile,
  writePrivateFile,
} from '../../../main/base/private-file.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { modeOf, POSIX } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';

let folder: string;
let path: string;
let elsewhere: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'file.json');
  elsewhere = join(temporaryFolder(), 'dotfile.json');
});

describe('a file that is written', () => {
  it('replaces a link, and leaves alone what it points at', () => {
    writeFileSync(elsewhere, 'theirs');
    symlinkSync(elsewhere, path);
    writePrivateFile(path, 'ours');
    expect(lstatSync(path).isSymbolicLink()).toBe(false);
    expect([readFileSync(path, 'utf8'), readFileSync(elsewhere, 'utf8')]).toEqual(['ours', 'theirs']);
    expect(readdirSync(folder)).toEqual(['file.json']);
    if (POSIX) expect(modeOf(path)).toBe(0o600);
  });

  it('makes no folder that is missing, and is not made over what is there', () => {
    expect(() => writePrivateFile(join(folder, 'none', 'file.json'), 'x')).toThrow('ENOENT');
    expect(existsSync(join(folder, 'none'))).toBe(false);
    symlinkSync(elsewhere, path);
    expect(() => createPrivateFile(path, 'x')).toThrow('EEXIST');
    expect(existsSync(elsewhere)).toBe(false);
  });
});

describe('a file that is read', () => {
  it('is there, or is not', () => {
    expect(readOwnFile(path)).toBeUndefined();
    writeFileSync(path, 'ours');
    expect(readOwnFile(path)?.toString()).toBe('ours');
    expect(ownFile(path)).toBe(path);
  });

  it('may be a link to a plain file of one’s own', () => {
    writeFileSync(elsewhere, 'my dotfile');
    symlinkSync(elsewhere, path);
    expect(readOwnFile(path)?.toString()).toBe('my dotfile');
    expect(readFileSync(ownFile(path), 'utf8')).toBe('my dotfile');
  });

  it.each([
    ['a folder', () => mkdirSync(path), 'it is no plain file'],
    [
      'a link to a folder',
      () => symlinkSync(folder, path),
      'it is a link to something that is no plain file',
    ],
    ['a link to nothing', () => symlinkSync(elsewhere, path), 'it is a link to something that is not there'],
    ['a link to itself', () => symlinkSync(path, path), 'ELOOP'],
  ])('is not %s', (_, make, reason) => {
    make();
    expect(() => readOwnFile(path)).toThrow(reason);
    expect(() => ownFile(path)).toThrow(reason);
  });

  it('is no pipe, which would never end', skipUnless(POSIX, 'Windows has no such pipes'), () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => readOwnFile(pipe)).toThrow('it is no plain file');
    symlinkSync(pipe, path);
    expect(() => readOwnFile(path)).toThrow('no plain file');
  });

  it(
    'is no link to a file of another user',
    skipUnless(process.geteuid?.() === 0, 'only root can make a file of another user'),
    () => {
      writeFileSync(elsewhere, 'theirs');
      chownSync(elsewhere, 12345, 12345);
      symlinkSync(elsewhere, path);
      expect(() => readOwnFile(path)).toThrow('it is a link to a file of another user');
    },
  );
});
