/** `npm run dev` on a small project with the real scripts and configuration, and a program in Electron's place. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { isRunning } from '../../support/processes.ts';
import { skipUnless } from '../../support/skip.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
/** A host that tells when it starts and ends, and takes a moment to end. */
const host = `
import { word } from '../../shared/word.ts';
const stop = () => setTimeout(() => { console.log('ended ' + word); process.exit(0); }, 200);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
// Last: who reads it may send a signal at once.
console.log('started ' + word);
setInterval(() => {}, 1000);
`;
/** Says which process it is, and is deaf. */
const deaf = `
process.on('SIGTERM', () => {});
setInterval(() => {}, 1000);
console.log('started as ' + process.pid);
`;

let project: string;
let child: ChildProcess | undefined;
let output: string;

const write = (path: string, text: string) => writeFileSync(join(project, path), text);
const say = (word: string) => write('shared/word.ts', `export const word = '${word}';\n`);
const lines = () => output.split('\n').filter((line) => /^(started|ended)/.test(line));

beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'greenlight-dev-')));
  for (const name of [
    'scripts',
    'main/upstream/stdio/watchdog.ts',
    'package.json',
    'vite.config.ts',
    'electron.vite.config.ts',
  ]) {
    cpSync(join(repository, name), join(project, name), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(project, 'node_modules'), 'junction');
  for (const folder of [
    'main/desktop',
    'main/browser',
    'main/ledger',
    'main/connect',
    'shared',
    'renderer',
    'electron',
  ]) {
    mkdirSync(join(project, folder), { recursive: true });
  }
  write('main/desktop/index.ts', host);
  write('main/browser/index.ts', host);
  write('main/desktop/preload.ts', 'console.log(1);\n');
  write('main/ledger/log-worker.ts', 'console.log(1);\n');
  write('main/connect/bridge.ts', 'console.log(1);\n');
  write('renderer/index.html', '<!doctype html><title>Window</title>');
  say('one');
  writeFileSync(
    join(project, 'electron/electron'),
    `#!/bin/sh\nexec "${process.execPath}" out/main/index.js\n`,
    { mode: 0o755 },
  );
});

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
  rmSync(project, { recursive: true, force: true });
});

function dev(...args: string[]): ChildProcess {
  output = '';
  child = spawn(process.execPath, ['scripts/dev.ts', ...args], {
    cwd: project,
    env: { ...process.env, DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: join(project, 'electron') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  return child;
}

const needsPosix = skipUnless(
  process.platform !== 'win32',
  'a shell script stands in Electron’s place, and signals are sent',
);
describe('npm run dev', needsPosix, () => {
  test('the desktop host ends before the new one starts, and survives an error in the code', async () => {
    const running = dev();
    await expect.poll(lines).toEqual(['started one']);
    expect(output).toContain('The desktop host runs.');
    say('two');
    await expect.poll(lines).toEqual(['started one', 'ended one', 'started two']);
    write('shared/word.ts', 'export const word = (');
    await expect.poll(() => output).toContain('Build failed');
    say('three');
    await expect
      .poll(lines)
      .toEqual(['started one', 'ended one', 'started two', 'ended two', 'started three']);
    const exit = once(running, 'exit');
    running.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    expect(lines().at(-1)).toBe('ended three');
  });

  test('the browser host runs where it is asked for, and starts again too', async () => {
    dev('--browser');
    await expect.poll(lines).toContain('started one');
    expect(output).toContain('The browser host runs: --browser was given.');
    say('two');
    await expect.poll(lines).toContain('started two');
  });

  test.each([
    ['browser', ['--browser']],
    ['desktop', []],
  ])('the %s host is not left behind when the script is killed', async (_host, args) => {
    write('main/desktop/index.ts', deaf);
    write('main/browser/index.ts', deaf);
    const running = dev(...args);
    await expect.poll(lines).toHaveLength(1);
    const pid = Number(lines()[0]?.split(' ').at(-1));
    onTestFinished(() => {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    });
    expect(isRunning(pid)).toBe(true);
    running.kill('SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});
