/** What a report of a problem holds, and what it must not hold. */
import { homedir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';

let host: BrowserHost;
beforeEach(async () => {
  host = await startBrowserHost();
});
afterEach(() => host.stop());

test('says what runs on what and how it stands', async () => {
  const { text } = await host.api('diagnostics.get');
  const { version, notifier } = await host.api('state.get');
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      `Greenlight ${version}, browser host`,
      `Runs on: Node ${process.versions.node}`,
      expect.stringContaining(`System: ${process.platform} `),
      expect.stringContaining(`Notifications: ${notifier.kind}, `),
      'Upstream: sandbox, connected',
      'Guard mode: policy',
      'Policies: 5; clients: 1 (revoked: 0); waiting: 0; calls in the log: 0',
      'Problems: none',
    ]),
  );
});

test('says what went wrong lately, without secrets, addresses, prompts or the person’s folder', async () => {
  const client = await host.client();
  const call = client.callTool({
    name: 'luma_generate_video',
    arguments: { prompt: 'A very private prompt' },
  });
  const waits = async () => (await host.api('approvals.list')).approvals[0];
  await expect.poll(waits).toBeDefined();
  await host.api('approvals.decide', {
    id: (await waits())?.id ?? '',
    answer: 'deny',
    reason: 'None of this.',
  });
  await call;
  await client.close();
  await host.api('upstream.set', {
    kind: 'http',
    url: 'http://127.0.0.1:9/secret-path',
    token: 'hunter2-hunter2',
  });
  await host.api('policies.save', { name: 'Broken', document: { version: '1', default: 'deny', tools: {} } });
  const { text } = await host.api('diagnostics.get');
  expect(text).toContain('Upstream: http, unreachable: The upstream at [address] refused the connection');
  for (const secret of [
    'hunter2',
    'secret-path',
    'http://',
    'private prompt',
    'None of this',
    host.ready.grant?.token ?? 'the token',
    host.key,
    homedir(),
  ]) {
    expect(text).not.toContain(secret);
  }
});
