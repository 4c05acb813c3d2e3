/** The end of the browser host: asked to stop, it answers what is open and is gone within two seconds. */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openConfSettings } from '../../../main/settings/settings.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { type BrowserHost, launchBrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { ownSignals, reportingSignals, signalReport } from '../../support/signal-listeners.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = temporaryFolder();
});

/** For a host's environment: SIGUSR2 has it throw, SIGWINCH reject, and nothing catches it. */
const mistakes = {
  NODE_OPTIONS: `--import ${new URL('../../support/uncaught.ts', import.meta.url).href}`,
};

const prompt = { prompt: 'A paper boat in the rain' };

/** Opens what keeps a host busy: windows, a client's stream, a call that waits. */
async function busy(host: BrowserHost) {
  const windows = [await host.events(), await host.events()];
  const client = await host.client();
  const call = client.callTool({ name: 'luma_generate_video', arguments: prompt });
  const approval = await (windows[0] as (typeof windows)[0]).next('approval');
  return { windows, client, call, approval };
}

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', (signal) => {
  test('a call that waits gets its answer, the approval is interrupted, the process ends with 0', async () => {
    const host = await startBrowserHost({ dataDir });
    const { windows, call, approval, client } = await busy(host);
    const [{ code, stderr }, answer] = await Promise.all([host.stop(signal), call]);
    expect(code).toBe(0);
    // In order, and before the limit at which it would have ended all the same.
    expect(stderr).not.toMatch(/cut short|"level":50/);
    expect(answer.isError).toBe(true);
    expect(answer._meta?.['greenlight/decision']).toMatchObject({ rule: '(interrupted)' });
    await Promise.all(windows.map(({ ended }) => ended));
    await client.close();

    // Closed in order: nothing is left in the write-ahead log.
    const sql = new DatabaseSync(join(dataDir, 'greenlight.db'), { readOnly: true });
    expect(sql.prepare('SELECT state FROM approvals WHERE id = ?').get(approval.id)).toEqual({
      state: 'interrupted',
    });
    expect(sql.prepare('SELECT outcome, forwarded FROM activity').all()).toEqual([
      { outcome: 'interrupted', forwarded: 0 },
    ]);
    sql.close();

    await using again = await startBrowserHost({ dataDir });
    expect((await again.api('approvals.list')).approvals).toEqual([]);
    expect(await again.api('activity.verify')).toEqual({ valid: true, rows: 1 });
  });
});

test('a call that the upstream is working on gets an answer that says it may have run', async () => {
  const working = Promise.withResolvers<void>();
  const upstream = await startHttpUpstream({
    tools: [
      {
        name: 'slow',
        inputSchema: { type: 'object' },
        run: () => {
          working.resolve();
          return new Promise(() => {});
        },
      },
    ],
  });
  const host = await startBrowserHost({ dataDir });
  await host.api('upstream.set', { kind: 'http', url: upstream.url });
  await host.api('guard.set', { mode: 'policy' });
  const saved = await host.api('policies.save', {
    name: 'Open',
    document: { version: '1', default: 'allow', tools: {} },
  });
  if ('errors' in saved) throw new Error(JSON.stringify(saved));
  await host.api('settings.set', { defaultPolicyId: saved.id });
  const client = await host.client();
  const call = client.callTool({ name: 'slow', arguments: {} }).then(
    () => 'an answer',
    (error) => String(error),
  );
  await working.promise;
  const { code } = await host.stop();
  expect(code).toBe(0);
  expect(await call).toMatch(/not known whether the call ran|may have been carried out/);
  await client.close();
  await upstream.close();

  await using again = await startBrowserHost({ dataDir });
  const { rows } = await again.api('activity.query');
  expect(rows).toMatchObject([{ tool: 'slow', outcome: 'allowed', result: 'interrupted' }]);
});

test('nothing but Greenlight listens to signals', async () => {
  const host = await startBrowserHost({ dataDir, env: reportingSignals });
  const { call, client } = await busy(host);
  const [{ code, stderr }] = await Promise.all([host.stop(), call]);
  expect(code).toBe(0);
  expect(stderr).toContain(signalReport(ownSignals));
  await client.close();
});

test('asked twice, it still ends once and in order', async () => {
  const host = await startBrowserHost({ dataDir });
  const { call, client } = await busy(host);
  process.kill(host.pid, 'SIGINT');
  process.kill(host.pid, 'SIGINT');
  const [{ code }, answer] = await Promise.all([host.ended, call]);
  expect([code, answer.isError]).toEqual([0, true]);
  await client.close();
});

test.each([
  ['SIGUSR2', 'a mistake, thrown'],
  ['SIGWINCH', 'a mistake, rejected'],
] as const)(
  'an error that nothing catches (%s) is logged, refuses what waits, and ends in order',
  async (mistake, text) => {
    const host = await startBrowserHost({ dataDir, env: mistakes });
    const { call, client, approval } = await busy(host);
    // A second one, while it ends, changes nothing.
    process.kill(host.pid, mistake);
    process.kill(host.pid, mistake);
    const [{ code, stderr }, answer] = await Promise.all([host.ended, call]);
    expect(code).toBe(1);
    expect(stderr).toContain(text);
    expect(stderr).toContain(
      'Greenlight met an error of its own and ends; calls that waited are refused. Start it again.',
    );
    expect(stderr).not.toContain('cut short');
    expect(answer._meta?.['greenlight/decision']).toMatchObject({ rule: '(interrupted)' });
    await client.close();
    const sql = new DatabaseSync(join(dataDir, 'greenlight.db'), { readOnly: true });
    expect(sql.prepare('SELECT state FROM approvals WHERE id = ?').get(approval.id)).toEqual({
      state: 'interrupted',
    });
    sql.close();
  },
);

test.each([
  ['SIGUSR2', 'a mistake, thrown'],
  ['SIGWINCH', 'a mistake, rejected'],
] as const)(
  'in the midst of the start, with nothing open yet, such an error (%s) is logged and told as well',
  async (mistake, text) => {
    const asked = Promise.withResolvers<void>();
    // It never answers: the start waits for its tool list.
    const upstream = await startHttpUpstream({
      intercept() {
        asked.resolve();
        return true;
      },
    });
    onTestFinished(() => upstream.close());
    const settings = await openConfSettings(dataDir);
    settings.set({ ...settings.get(), upstream: { kind: 'http', url: upstream.url } });
    const port = await freePort();
    const host = launchBrowserHost(
      ['--json', '--no-open', '--port', String(port), '--ui-port', '0', '--home', dataDir],
      { env: mistakes },
    );
    await asked.promise;
    await expect(fetch(`http://127.0.0.1:${port}/mcp`)).rejects.toThrow();
    host.child.kill(mistake);
    const { code, stderr } = await host.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(text);
    expect(stderr).toContain('Greenlight met an error of its own and ends');
    expect(stderr).not.toContain('cut short');
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
