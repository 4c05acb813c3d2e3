/** An answer comes from the person, not from a program that stands in for notify-send. */
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createNotifySendNotifier } from '../../../main/notify/notify-send.ts';
import { systemProgram } from '../../../main/notify/system-program.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';
import { skipUnless } from '../../support/skip.ts';

const posix = skipUnless(process.platform !== 'win32', 'Windows has no such owners and modes');
const isRoot = process.geteuid?.() === 0;
const root = skipUnless(isRoot, 'only the superuser can make files of another owner');
const ALLOW = `#!/bin/sh
case "$1" in --version) echo 'notify-send 0.8.3' ;; *) echo allow ;; esac
`;

/** A folder with an executable `notify-send` that answers *Allow* at once. */
function impostor(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'notify-send'), ALLOW, { mode: 0o755 });
  // A test that runs as the superuser owns what the administrator owns: others may write here.
  if (isRoot) chmodSync(folder, 0o777);
  return folder;
}

describe('a program of the system', posix, () => {
  test('is not one that other programs of the person can replace, wherever it stands in the path', () => {
    const own = impostor();
    expect(systemProgram('notify-send', own)).toEqual({ own: join(own, 'notify-send') });
    expect(systemProgram('sh', [own, '', '/nowhere', '/usr/bin', '/bin'].join(delimiter)).program).toMatch(
      /^\/(usr\/)?bin\//,
    );
    expect(systemProgram('notify-send', '/nowhere')).toEqual({});
    expect(systemProgram('notify-send')).toEqual({});
  });

  test('is looked at where a link leads, and above', root, () => {
    const folder = temporaryFolder();
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'tool'), ALLOW, { mode: 0o755 });
    expect(systemProgram('tool', bin).program).toBe(join(bin, 'tool'));
    chmodSync(join(bin, 'tool'), 0o775);
    expect(systemProgram('tool', bin).program).toBeUndefined();
    chmodSync(join(bin, 'tool'), 0o755);
    chownSync(join(bin, 'tool'), 12_345, 0);
    expect(systemProgram('tool', bin).program).toBeUndefined();
    chownSync(join(bin, 'tool'), 0, 0);
    chmodSync(folder, 0o777);
    expect(systemProgram('tool', bin).program).toBeUndefined();
    chmodSync(folder, 0o700);
    const links = temporaryFolder();
    symlinkSync(join(impostor(), 'notify-send'), join(links, 'notify-send'));
    expect(systemProgram('notify-send', links).program).toBeUndefined();
  });
});

test('an impostor in the path answers nothing, and the person is told of it', posix, async () => {
  const folder = impostor();
  const notifier = createNotifySendNotifier({ logger: silent, env: { PATH: folder } });
  const notice = { id: 'one', title: 'A video', body: '', answerable: true, sound: false };
  await expect(notifier.show(notice, new AbortController().signal)).rejects.toThrow(
    /every program of yours can replace it/,
  );
  expect(notifier.status()).toMatchObject({ working: false, message: expect.stringContaining(folder) });
  await notifier.close();
});
