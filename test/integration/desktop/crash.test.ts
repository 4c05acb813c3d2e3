/** What the person can do once Greenlight met an error that nothing caught. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import {
  startTestDesktop,
  type TestDesktop,
  type TestDesktopOptions,
} from '../../support/electron/desktop.ts';
import { until } from '../../support/wait.ts';

let host: TestDesktop;
afterEach(() => host.stop());

/** Lets it fall by `error`; the person presses the buttons with these labels, one after the other. */
async function crash(error: unknown, options: TestDesktopOptions, ...pressed: string[]) {
  host = await startTestDesktop(options);
  const { electron } = host;
  const buttons =
    options.packaged === true
      ? ['Restart', 'Copy details', 'Show log', 'Quit']
      : ['Restart', 'Copy details', 'Quit'];
  electron.answers.push(...pressed.map((label) => buttons.indexOf(label)));
  host.throwUncaught(error);
  await until(() => electron.app.exited !== undefined);
  expect(electron.questions.map((question) => question.buttons)).toEqual(pressed.map(() => buttons));
  return host;
}

test('Restart has Greenlight started again as the person would, with its window', async () => {
  const argv = ['/opt/Greenlight/greenlight', '--at-login', '--ozone-platform=x11'];
  const { electron } = await crash(new Error('a mistake'), { argv }, 'Restart');
  expect(electron.app.relaunched).toEqual({ args: ['--ozone-platform=x11'] });
  expect(electron.app.exited).toBe(1);
});

test('Restart of an AppImage starts the file, not what it was mounted as', async () => {
  const env = { APPIMAGE: '/home/ada/Greenlight.AppImage' };
  const { electron } = await crash(new Error('a mistake'), { env }, 'Restart');
  expect(electron.app.relaunched).toEqual({ args: [], execPath: '/home/ada/Greenlight.AppImage' });
});

test('Copy details copies what a report needs, without secrets, addresses or the person’s folder, and asks again', async () => {
  const error = new Error(`no ${homedir()}/x at https://example.test/secret-path for glt_${'a'.repeat(43)}`);
  error.stack = `${String(error)}\n    at work (file://${homedir()}/Greenlight/app.asar/out/main/index.js:12:34)`;
  const { electron } = await crash(error, {}, 'Copy details', 'Quit');
  const { text } = electron.clipboard;
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      `Greenlight ${packageJson.version}, desktop host`,
      `Runs on: Node ${process.versions.node}`,
      'An error that nothing caught:',
      '    at work (~/Greenlight/app.asar/out/main/index.js:12:34)',
      'Warnings and errors since the start: none',
    ]),
  );
  for (const shown of [text, electron.questions[0]?.detail ?? ''])
    for (const secret of [homedir(), 'secret-path', 'a'.repeat(43)]) expect(shown).not.toContain(secret);
  expect(electron.app.relaunched).toBeUndefined();
});

test('Show log shows the file, which only a packed application has', async () => {
  const { electron, dataDir } = await crash('thrown', { packaged: true }, 'Show log', 'Quit');
  expect(electron.opened).toEqual([join(dataDir, 'greenlight.log')]);
});

test('what cannot be copied, or has no text, does not keep the dialog from being answered', async () => {
  const { electron } = await crash(
    Object.create(null),
    {
      before: ({ module }) =>
        Object.assign(module.clipboard, { writeText: () => Promise.reject(new Error('no clipboard')) }),
    },
    'Copy details',
    'Restart',
  );
  expect(electron.app.relaunched).toBeDefined();
});
