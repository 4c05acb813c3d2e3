/** `npm start` with the real script, and a small program in the host's place. */
import { once } from 'node:events';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { hostEnvironment, hostOptions } from '../../../main/browser/host-options.ts';
import { startChild } from '../../support/child.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { isRunning } from '../../support/processes.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Says which process it is, where it runs and what it was given; ends with 7 when its input says so. */
const host = `
process.stdin.once('data', () => process.exit(7));
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 1000);
console.log(JSON.stringify({ pid: process.pid, cwd: process.cwd(), args: process.argv.slice(2), options: process.execArgv, env: process.env }));
`;

async function start() {
  const project = temporaryFolder();
  cpSync(join(repository, 'scripts'), join(project, 'scripts'), { recursive: true });
  cpSync(join(repository, 'main/browser/host-options.ts'), join(project, 'main/browser/host-options.ts'));
  cpSync(join(repository, 'package.json'), join(project, 'package.json'));
  symlinkSync(join(repository, 'node_modules'), join(project, 'node_modules'), 'junction');
  mkdirSync(join(project, 'out/browser'), { recursive: true });
  mkdirSync(join(project, 'out/renderer'), { recursive: true });
  writeFileSync(join(project, 'out/renderer/index.html'), '');
  writeFileSync(join(project, 'out/browser/index.js'), host);
  const script = startChild(process.execPath, [join(project, 'scripts/start.ts'), '--browser', '--json']);
  const [printed] = (await once(script.stdout, 'data')) as [Buffer];
  const said = JSON.parse(printed.toString()) as {
    pid: number;
    cwd: string;
    args: string[];
    options: string[];
    env: Record<string, string>;
  };
  onTestFinished(() => {
    if (isRunning(said.pid)) process.kill(said.pid, 'SIGKILL');
  });
  return { script, said };
}

test('the host runs in the project with the other arguments, and its exit code is the script’s', async () => {
  const { script, said } = await start();
  expect(said.args).toEqual(['--json']);
  expect(said.options).toEqual(hostOptions);
  expect(said.env).toMatchObject(hostEnvironment);
  expect(said.cwd).toMatch(/greenlight/);
  script.stdin.write('end\n');
  expect(await once(script, 'exit')).toEqual([7, null]);
});

test('a signal to the script reaches the host', async () => {
  const { script, said } = await start();
  script.kill('SIGTERM');
  await expect.poll(() => isRunning(said.pid)).toBe(false);
});

test('no host is left behind when the script is killed', async () => {
  const { script, said } = await start();
  expect(isRunning(said.pid)).toBe(true);
  script.kill('SIGKILL');
  await expect.poll(() => isRunning(said.pid)).toBe(false);
});
