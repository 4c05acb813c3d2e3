/** What fails under a running host: said in a sentence, nothing forwarded, and over when the cause is. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { lockDatabase } from '../../support/database-lock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { skipUnless } from '../../support/skip.ts';

let dataDir: string;
let upstream: HttpUpstream;
let host: BrowserHost;
let client: Client;

beforeEach(async () => {
  dataDir = temporaryFolder();
  upstream = await startHttpUpstream();
});

afterEach(async () => {
  await client?.close().catch(() => {});
  await host?.stop('SIGKILL');
  await upstream.close();
});

/** A host whose default policy allows `echo` without asking. */
async function start(directory = dataDir): Promise<void> {
  host = await startBrowserHost({ dataDir: directory });
  await host.api('upstream.set', { kind: 'http', url: upstream.url });
  const document = { version: '1', default: 'allow', tools: {} };
  const saved = await host.api('policies.save', { name: 'Open', document });
  if (!('id' in saved)) throw new Error(JSON.stringify(saved));
  await host.api('settings.set', { defaultPolicyId: saved.id });
  client = await host.client();
}

const echo = async (text: string) => {
  const { isError, content } = await client.callTool({ name: 'echo', arguments: { text } });
  return { refused: isError === true, text: JSON.stringify(content) };
};
const forwarded = () => upstream.messages('tools/call').length;

test('a locked database: calls are refused with the reason, and run again when it is free', async () => {
  await start();
  const unlock = lockDatabase(join(dataDir, 'greenlight.db'));
  const refused = await echo('while locked');
  expect(refused).toEqual({
    refused: true,
    text: expect.stringMatching(/Another program holds the database/),
  });
  expect(refused.text).not.toMatch(/ {2,}at |node:|\.ts:/);
  expect(forwarded()).toBe(0);
  const { problems } = await host.api('state.get');
  expect(problems).toEqual([{ id: 'storage', message: expect.stringContaining('Another program holds') }]);
  await expect(host.api('clients.create', { label: 'New' })).rejects.toMatchObject({
    status: 503,
    code: 'unavailable',
    message: expect.stringContaining('Another program holds'),
  });

  unlock();
  expect((await echo('free again')).refused).toBe(false);
  expect(forwarded()).toBe(1);
  expect((await host.api('state.get')).problems).toEqual([]);
  expect(await host.api('activity.verify')).toMatchObject({ valid: true });
});

test('a database locked while the person answers: the approval waits on and can be answered later', async () => {
  await start();
  await host.api('guard.set', { mode: 'ask' });
  const window = await host.events();
  const call = echo('asked');
  const { id } = await window.next('approval', ({ waiting }) => waiting > 0);
  const unlock = lockDatabase(join(dataDir, 'greenlight.db'));
  await expect(host.api('approvals.decide', { id, answer: 'allow' })).rejects.toMatchObject({ status: 503 });
  expect((await host.api('approvals.list')).approvals).toMatchObject([{ id, state: 'pending' }]);
  expect(forwarded()).toBe(0);
  unlock();
  await host.api('approvals.decide', { id, answer: 'allow' });
  expect(await call).toMatchObject({ refused: false });
  expect(forwarded()).toBe(1);
  window.close();
});

test('an end that could not be written is written when the database is free', async () => {
  await start();
  let unlock = () => {};
  await upstream.setTools([
    {
      name: 'echo',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
      run: () => {
        unlock = lockDatabase(join(dataDir, 'greenlight.db'));
        return { content: [{ type: 'text', text: 'made' }] };
      },
    },
  ]);
  // The upstream did it: the agent is told, whatever the log can take.
  expect(await echo('x')).toEqual({ refused: false, text: expect.stringContaining('made') });
  await expect.poll(async () => (await host.api('state.get')).problems).not.toEqual([]);
  unlock();
  await expect
    .poll(async () => (await host.api('activity.query')).rows[0])
    .toMatchObject({ outcome: 'allowed', result: 'ok' });
  expect((await host.api('state.get')).problems).toEqual([]);
});

describe('a full disk', () => {
  const mounted = join(tmpdir(), `greenlight-disk-${process.pid}`);
  const mountable = (() => {
    try {
      mkdirSync(mounted, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', mounted], { stdio: 'ignore' });
      execFileSync('umount', [mounted]);
      return true;
    } catch {
      return false;
    } finally {
      rmSync(mounted, { recursive: true, force: true });
    }
  })();

  test(
    'calls are refused with the reason, nothing is lost, space mends it',
    skipUnless(mountable, 'mounting a small disk needs the superuser and Linux'),
    async () => {
      mkdirSync(mounted, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', mounted]);
      try {
        await start(mounted);
        expect((await echo('before')).refused).toBe(false);
        const filler = join(mounted, 'filler');
        try {
          writeFileSync(filler, Buffer.alloc(4 * 1024 * 1024));
        } catch {
          // Filled to the brim, as meant.
        }
        let answer: Awaited<ReturnType<typeof echo>>;
        let ran = 1;
        do {
          answer = await echo('x'.repeat(20_000));
          if (!answer.refused) ran += 1;
        } while (!answer.refused);
        expect(answer.text).toMatch(/disk that holds .* is full|Reading or writing .* failed/);
        expect(forwarded()).toBe(ran);
        await expect(host.api('settings.set', { theme: 'dark' })).rejects.toMatchObject({
          status: 503,
          message: expect.stringMatching(/disk .* is full|Reading or writing .* failed|ENOSPC/),
        });
        await expect(
          host.api('policies.save', {
            name: 'Big',
            document: { version: '1', default: 'deny', tools: {}, description: 'x'.repeat(9_000) },
          }),
        ).rejects.toMatchObject({ status: 503, message: expect.stringMatching(/full/) });
        expect((await host.api('state.get')).problems).not.toEqual([]);

        rmSync(filler);
        expect((await echo('after')).refused).toBe(false);
        expect((await host.api('activity.verify')).valid).toBe(true);
        await expect.poll(async () => (await host.api('state.get')).problems).toEqual([]);
        await client.close();
        expect((await host.stop()).code).toBe(0);
      } finally {
        await host.stop('SIGKILL');
        execFileSync('umount', ['-l', mounted]);
        rmSync(mounted, { recursive: true, force: true });
      }
    },
  );
});

test('an upstream that goes away is said to the agent and the person, and found again', async () => {
  await start();
  const { port } = new URL(upstream.url);
  await upstream.close();
  const failure = await client
    .callTool({ name: 'echo', arguments: { text: 'away' } })
    .then(JSON.stringify, String);
  expect(failure).toMatch(/Greenlight: The upstream at http:\/\/127\.0\.0\.1:\d+ refused the connection/);
  expect(failure).not.toMatch(/ECONNREFUSED|\.ts:/);
  expect(await host.api('upstream.test')).toMatchObject({ status: 'unreachable' });
  upstream = await startHttpUpstream({ port: Number(port) });
  expect(await host.api('upstream.test')).toMatchObject({ status: 'connected' });
  const again = await host.client();
  expect((await again.callTool({ name: 'echo', arguments: { text: 'back' } })).isError).not.toBe(true);
  await again.close();
});

test('the log never holds a token, a key or an argument, however much it says', async () => {
  const secret = 'luma-token-nobody-may-see';
  const argument = 'an argument nobody may see';
  await upstream.close();
  upstream = await startHttpUpstream({ token: secret });
  host = await startBrowserHost({ dataDir, env: { LOG_LEVEL: 'trace' } });
  await host.api('upstream.set', { kind: 'http', url: upstream.url, token: secret });
  const document = { version: '1', default: 'allow', tools: {} };
  const saved = await host.api('policies.save', { name: 'Open', document });
  if ('id' in saved) await host.api('settings.set', { defaultPolicyId: saved.id });
  client = await host.client();
  await echo(argument);
  await host.api('guard.set', { mode: 'ask' });
  const window = await host.events();
  const asked = echo(`${argument}, asked`);
  const { id } = await window.next('approval', ({ waiting }) => waiting > 0);
  await host.api('approvals.decide', { id, answer: 'allow' });
  await asked;
  const unlock = lockDatabase(join(dataDir, 'greenlight.db'));
  await echo(argument);
  await host.api('clients.create', { label: 'New' }).catch(() => {});
  unlock();
  await host.post('state.get', `{"${argument}": `);
  await host.post(`no/such?key=${host.key}`, '{}');
  await fetch(host.ready.mcpUrl, { method: 'POST', headers: { authorization: `Bearer ${secret}` } });
  await fetch(host.ready.mcpUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${host.ready.grant?.token}`, 'content-type': 'application/json' },
    body: `{"method": "${argument}`,
  });
  await host.api('guard.set', { mode: 'policy' });
  await upstream.close();
  await client.callTool({ name: 'echo', arguments: { text: argument } }).catch(() => {});
  window.close();
  const { stderr } = await host.stop();
  upstream = await startHttpUpstream();
  expect(stderr).toContain('"level"');
  for (const hidden of [secret, argument, host.key, host.ready.grant?.token as string]) {
    expect(stderr).not.toContain(hidden);
  }
});
