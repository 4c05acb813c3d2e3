/** The built browser host, as `npm start` runs it: the same whole way, in less memory. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { beforeAll, expect, test } from 'vitest';
import { startBrowserHost } from '../support/browser-host.ts';
import { askForVideo } from '../support/client.ts';
import { ownSignals, reportingSignals, signalReport } from '../support/signal-listeners.ts';
import { skipUnless } from '../support/skip.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Beside the real one, so that a host that runs from there is not disturbed. */
const outDir = join(root, 'out', 'browser-under-test');
const program = join(outDir, 'index.js');

beforeAll(async () => {
  const configFile = join(root, 'vite.browser.config.ts');
  await build({ root, configFile, build: { outDir }, logLevel: 'warn' });
});

test('a call is asked for, allowed, run and in the log', async () => {
  await using host = await startBrowserHost({ program: [program] });
  const window = await host.events();
  const client = await host.client();
  const call = askForVideo(client, 'A cat');
  const { id } = await window.next('approval', ({ waiting }) => waiting > 0);
  await host.api('approvals.decide', { id, answer: 'allow' });
  expect((await call).isError).not.toBe(true);
  expect((await host.api('activity.query')).rows).toMatchObject([{ outcome: 'allowed', result: 'ok' }]);
  expect((await host.api('state.get')).version).toBe(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
  );
  window.close();
  await client.close();
  expect((await host.stop()).code).toBe(0);
});

test('it ends by itself, and nothing else listens to signals', async () => {
  const host = await startBrowserHost({ program: [program], env: reportingSignals });
  const { code, stderr } = await host.stop();
  expect(code).toBe(0);
  expect(stderr).toContain(signalReport(ownSignals));
});

test('the demo runs, and the page is where it looks for it', async () => {
  await using host = await startBrowserHost({ program: [program] });
  expect(await host.api('demo.call', { tool: 'luma_list_actions', arguments: {} })).toMatchObject({
    isError: false,
  });
  // Not built yet is said with a sentence of its own; a page from elsewhere would be another answer.
  expect(await (await fetch(host.uiOrigin)).text()).toMatch(/<div id="root">|its window was not built/);
});

test('the process that asks the keyring is beside it', () => {
  const request = JSON.stringify({ service: 'greenlight-test', operation: 'get', name: 'none' });
  const { stdout, stderr } = spawnSync(process.execPath, [join(outDir, 'keyring-process.js')], {
    input: request,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: 20_000,
  });
  // Whether there is a keyring here is not the question: it was asked, and said so.
  expect([JSON.parse(stdout || 'null'), stderr]).toEqual([expect.any(Object), '']);
});

test(
  'it needs less than 120 MiB at rest',
  skipUnless(process.platform === 'linux', 'it is read from /proc'),
  async () => {
    await using host = await startBrowserHost({ program: [program] });
    await host.api('state.get');
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8'))?.[1];
    expect(Number(resident) / 1024).toBeLessThan(120);
  },
);
