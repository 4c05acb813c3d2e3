/**
 * SIGKILL at moments nobody chose, under load: after a restart nothing that an agent was told is missing,
 * limits count what ran, what waited is interrupted, and the chain verifies.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ActivityRow } from '../../shared/contract.ts';
import { type HttpUpstream, type ScriptedTool, startHttpUpstream } from '../servers/http.ts';
import { type BrowserHost, startBrowserHost } from '../support/browser-host.ts';
import { temporaryFolder } from '../support/folder.ts';

const MAX = 400;
let dataDir: string;
let upstream: HttpUpstream;
/** What `quick` and `slow` were run with, as the upstream saw it. */
let ran: string[];

const anyArguments = { type: 'object', properties: { n: { type: 'string' } } } as const;

beforeEach(async () => {
  dataDir = temporaryFolder();
  ran = [];
  const note = (call: { arguments: Record<string, unknown> }) => void ran.push(String(call.arguments.n));
  const tools: ScriptedTool[] = [
    {
      name: 'quick',
      inputSchema: anyArguments,
      run: (call) => {
        note(call);
        return { content: [{ type: 'text', text: 'done' }] };
      },
    },
    {
      name: 'slow',
      inputSchema: anyArguments,
      run: (call) => {
        note(call);
        return new Promise(() => {});
      },
    },
    { name: 'asked', inputSchema: anyArguments },
  ];
  upstream = await startHttpUpstream({ tools, sessions: 'stateless', answers: 'json' });
});

afterEach(async () => {
  await upstream.close();
});

const limit = { window: 'day', max: MAX, scope: 'grant', counter: 'all' };

async function prepare(host: BrowserHost): Promise<void> {
  await host.api('upstream.set', { kind: 'http', url: upstream.url });
  const saved = await host.api('policies.save', {
    name: 'Limited',
    document: {
      version: '1',
      default: 'deny',
      tools: {
        quick: { limits: [limit] },
        slow: { limits: [limit] },
        asked: { limits: [limit], require_approval: { timeout: '5m' } },
      },
    },
  });
  if (!('id' in saved)) throw new Error(JSON.stringify(saved));
  await host.api('settings.set', { defaultPolicyId: saved.id });
}

async function allRows(host: BrowserHost): Promise<ActivityRow[]> {
  const rows: ActivityRow[] = [];
  let before: string | undefined;
  do {
    const page = await host.api('activity.query', { limit: 1000, ...(before && { before }) });
    rows.push(...page.rows);
    before = page.next;
  } while (before !== undefined);
  return rows;
}

test('killed under load, several times over', async () => {
  const answered: string[] = [];
  let token = '';
  let sent = 0;

  for (let round = 1; round <= 4; round += 1) {
    const host = await startBrowserHost({ dataDir });
    if (host.ready.grant) {
      token = host.ready.grant.token;
      await prepare(host);
    }
    const client = await host.client(token);
    const call = (name: string, n: string) =>
      client.callTool({ name, arguments: { n } }).then(
        (answer) => answer.isError !== true && answered.push(n),
        () => {},
      );
    const waiting = ['a', 'b', 'c'].map((which) => call('asked', `${which}${round}`));
    const forwarded = call('slow', `slow${round}`);
    let loading = true;
    const load = Array.from({ length: 6 }, async () => {
      while (loading) await call('quick', `q${sent++}`);
    });
    await expect.poll(() => ran.includes(`slow${round}`)).toBe(true);
    await expect.poll(async () => (await host.api('state.get')).pending).toBe(3);
    await sleep(Math.random() * 200);
    await host.stop('SIGKILL');
    loading = false;
    await client.close().catch(() => {});
    await Promise.all([...waiting, forwarded, ...load]);

    await using after = await startBrowserHost({ dataDir });
    expect((await after.api('state.get')).problems).toEqual([]);
    expect(await after.api('activity.verify')).toMatchObject({ valid: true });
    expect((await after.api('approvals.list')).approvals).toEqual([]);
    const rows = await allRows(after);
    const byArgument = new Map(rows.map((row) => [(row.arguments as { n: string }).n, row]));
    // Every call that reached the upstream was in the log before, and every answer is known.
    expect(ran.filter((n) => !byArgument.has(n))).toEqual([]);
    for (const n of answered) {
      expect([n, byArgument.get(n)]).toMatchObject([
        n,
        { outcome: 'allowed', result: expect.stringMatching(/ok|interrupted/) },
      ]);
    }
    expect(byArgument.get(`slow${round}`)).toMatchObject({ outcome: 'allowed', result: 'interrupted' });
    for (const which of ['a', 'b', 'c']) {
      expect(byArgument.get(`${which}${round}`)).toMatchObject({ outcome: 'interrupted', tool: 'asked' });
    }
    expect(rows.filter(({ outcome }) => outcome === 'pending')).toEqual([]);
    expect(new Set(ran).size).toBe(ran.length);
    const answers = (await after.api('approvals.list', { answered: true })).approvals;
    expect(answers.filter(({ state }) => state === 'interrupted').length).toBe(round * 3);
    await after.stop();
  }

  // What ran counts, also where its answer was lost; what only waited does not.
  await using host = await startBrowserHost({ dataDir });
  const client: Client = await host.client(token);
  const counted = (await allRows(host)).filter(({ outcome }) => outcome === 'allowed').length;
  expect(counted).toBeGreaterThanOrEqual(ran.length);
  let allowed = counted;
  for (;;) {
    const answer = await client.callTool({ name: 'quick', arguments: { n: `more${allowed}` } });
    if (answer.isError) break;
    allowed += 1;
  }
  expect(allowed).toBe(Math.max(MAX, counted));
  await client.close();
  await host.stop();
});

test('a ticket survives a kill and works once', async () => {
  const first = await startBrowserHost({ dataDir });
  await prepare(first);
  const token = first.ready.grant?.token as string;
  await first.api('clients.update', { id: first.ready.grant?.id as string, holdSeconds: 0 });
  const before = await first.client(token);
  const waiting = await before.callTool({ name: 'asked', arguments: { n: 'once' } });
  expect(JSON.stringify(waiting)).toContain('waiting for approval');
  const [approval] = (await first.api('approvals.list')).approvals;
  await first.api('approvals.decide', { id: approval?.id as string, answer: 'allow' });
  await first.stop('SIGKILL');
  await before.close().catch(() => {});

  await using second = await startBrowserHost({ dataDir });
  const client = await second.client(token);
  const call = () => client.callTool({ name: 'asked', arguments: { n: 'once' } });
  expect((await call()).isError).not.toBe(true);
  expect(JSON.stringify(await call())).toContain('waiting for approval');
  expect(upstream.messages('tools/call')).toHaveLength(1);
  await client.close();
  await second.stop();
});
