/** What `greenlight` says of itself, and to who uses it wrong. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { launchCli, runCli } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/folder.ts';

test('--help and --version', async () => {
  const help = await runCli(['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const command of ['serve', 'approvals', 'policy', 'log', 'doctor', 'connect', 'completion'])
    expect(help.stdout).toContain(`greenlight ${command}`);
  expect(help.stdout).toContain('Exit codes: 0 fine');
  expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${packageJson.version}\n` });
});

test('the bin of the package is there before anything is built, and says so', async () => {
  const project = temporaryFolder();
  mkdirSync(join(project, 'scripts'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  const program = join(project, packageJson.bin.greenlight);
  copyFileSync(fileURLToPath(new URL(`../../../${packageJson.bin.greenlight}`, import.meta.url)), program);
  expect(await runCli(['--version'], { program })).toMatchObject({
    code: 2,
    stderr: 'The command line was not built yet. Run "npm run build", then try again.\n',
  });
  mkdirSync(join(project, 'out/cli'), { recursive: true });
  writeFileSync(join(project, 'out/cli/index.mjs'), 'console.log(process.argv.slice(2).join());');
  expect(await runCli(['log', 'tail'], { program })).toMatchObject({ code: 0, stdout: 'log,tail\n' });
});

test.each([
  [[], 'A command is missing. "greenlight --help" lists the commands'],
  [['frobnicate'], 'Unknown command: frobnicate. "greenlight --help"'],
  [['approvals'], 'Say what of approvals: list, watch or deny.'],
  [['approvals', 'list', 'more'], 'Unknown command: more.'],
  [['approvals', 'list', '--nothing'], 'Unknown argument: nothing.'],
  [['approvals', 'list', '--home'], 'Not enough arguments following: home.'],
  [['--home', 'x', 'serve'], 'Say "serve" first'],
])('%j is used wrong: it ends with 2, and says what to do', async (args, says) => {
  const { code, stdout, stderr } = await runCli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(says);
});

test('completion', async () => {
  const script = await runCli(['completion'], { env: { SHELL: '/bin/bash' } });
  expect(script).toMatchObject({ code: 0, stdout: expect.stringContaining('_greenlight_yargs_completions') });
  const completed = await runCli(['--get-yargs-completions', 'greenlight', 'approvals', '']);
  expect(completed.stdout.trim().split('\n')).toEqual(['list', 'watch', 'deny']);
});

test('serve is the browser host', async () => {
  // From the sources, where the host is beside it.
  const program = fileURLToPath(new URL('../../../main/cli/index.ts', import.meta.url));
  const home = join(temporaryFolder(), 'data');
  const args = ['--json', '--no-open', '--port', '0', '--ui-port', '0', '--home', home];
  const host = launchCli(['serve', ...args], { program });
  onTestFinished(() => void host.child.kill('SIGKILL'));
  expect(JSON.parse(await host.firstLine)).toMatchObject({ ready: true });
  expect(await runCli(['approvals', 'list', '--home', home])).toMatchObject({ code: 0 });
  host.child.kill('SIGTERM');
  expect(await host.ended).toMatchObject({ code: 0 });
  expect(await runCli(['serve', '--nothing'], { program })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no option --nothing.'),
  });
});
