/** What was done, as the window shows it: the log, its export, the videos, the chart. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityRow, Params } from '../../../shared/contract.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';

let host: BrowserHost;
let client: Client;
let other: { id: string; label: string; token: string };

const CALLS = 1200;

beforeAll(async () => {
  host = await startBrowserHost();
  const saved = await host.api('policies.save', {
    name: 'Open',
    document: {
      version: '1',
      default: 'allow',
      tools: { luma_extend_video: { action: 'deny', reason: 'Never extend.' } },
      costs: { luma_generate_video: 0.5 },
    },
  });
  if (!('id' in saved)) throw new Error(JSON.stringify(saved));
  await host.api('settings.set', { defaultPolicyId: saved.id });
  client = await host.client();
  other = await host.api('clients.create', { label: '=SUM(A1), "quoted"' });
  const second = await host.client(other.token);
  await client.callTool({
    name: 'luma_generate_video',
    arguments: { prompt: 'A "quoted" cat,\nin 100% rain' },
  });
  await second.callTool({ name: 'luma_extend_video', arguments: { video_id: 'v', prompt: 'More' } });
  await second.close();
  for (let done = 0; done < CALLS; done += 40) {
    await Promise.all(
      Array.from({ length: 40 }, () => client.callTool({ name: 'luma_list_actions', arguments: {} })),
    );
  }
});

afterAll(async () => {
  await client?.close();
  await host?.stop();
});

const find = async (filter: Params<'activity.query'>) => (await host.api('activity.query', filter)).rows;

describe('the log', () => {
  test('is read in pages, newest first, every call once', async () => {
    const rows: ActivityRow[] = [];
    let before: string | undefined;
    do {
      const page = await host.api('activity.query', { limit: 500, ...(before && { before }) });
      // Only the first page says how many there are.
      expect(page.total).toBe(before === undefined ? CALLS + 2 : undefined);
      rows.push(...page.rows);
      before = page.next;
    } while (before !== undefined);
    expect(rows).toHaveLength(CALLS + 2);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(CALLS + 2);
    const times = rows.map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
    expect((await find({})).length).toBe(50);
  });

  test('is filtered by client, tool, outcome, time and text', async () => {
    expect(await find({ client: other.id })).toMatchObject([
      {
        tool: 'luma_extend_video',
        outcome: 'denied',
        rule: '/tools/luma_extend_video/action',
        message: expect.stringContaining('Never extend.'),
        decidedBy: 'policy',
        client: { id: other.id, label: '=SUM(A1), "quoted"' },
      },
    ]);
    const [video, ...more] = await find({ tool: 'luma_generate_video' });
    expect(more).toEqual([]);
    expect(video).toMatchObject({
      outcome: 'allowed',
      result: 'ok',
      upstreamStatus: 200,
      cost: 0.5,
      policy: { id: 'open', version: 1 },
      digest: expect.stringMatching(/./),
      latencyMs: expect.any(Number),
      taskId: expect.any(String),
    });
    expect(await find({ outcome: 'denied' })).toHaveLength(1);
    expect(await find({ until: video?.at as string })).toHaveLength(0);
    // Counting is dear on a long log: where something is looked for, it stops.
    expect(await host.api('activity.query', { since: video?.at as string })).toMatchObject({
      total: 1000,
      more: true,
    });
  });

  test.each(['quoted', '"quoted" cat', 'cat,\nin', '100%', 'NEVER EXTEND', 'first client', 'luma_generate'])(
    'the text %j is found',
    async (text) => {
      expect((await find({ text })).length).toBeGreaterThan(0);
    },
  );

  test.each(['100_', '%', 'no such text'].map((text) => [text, text === '%' ? 1 : 0] as const))(
    'the text %j is taken as it is',
    async (text, count) => {
      expect(await find({ text })).toHaveLength(count);
    },
  );

  test('a place that no page named is refused', async () => {
    await expect(find({ before: 'yesterday' })).rejects.toMatchObject({ status: 400 });
    await expect(host.api('videos.list', { before: 'x' })).rejects.toMatchObject({ status: 400 });
  });

  test('its chain verifies', async () => {
    expect(await host.api('activity.verify')).toEqual({ valid: true, rows: CALLS + 2 });
  });
});

describe('an export', () => {
  /** Asks for all pieces. */
  async function all(format: 'csv' | 'jsonl', filter: Params<'activity.query'> = {}) {
    let content = '';
    let before: string | undefined;
    let filename: string;
    do {
      const piece = await host.api('activity.export', { format, ...filter, ...(before && { before }) });
      content += piece.content;
      filename = piece.filename;
      before = piece.next;
    } while (before !== undefined);
    return { content, filename };
  }

  test('as JSON Lines has the rows of the log', async () => {
    const { content, filename } = await all('jsonl');
    expect(filename).toMatch(/^greenlight-activity-\d{4}-\d\d-\d\d\.jsonl$/);
    const rows = content
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(CALLS + 2);
    expect(rows.slice(0, 1000)).toEqual(await find({ limit: 1000 }));
  });

  test('as CSV quotes what needs it and defuses formulas', async () => {
    const { content } = await all('csv', { outcome: 'denied' });
    const [head, row, end] = content.split('\r\n');
    expect(head).toMatch(/^at,label,client_name,/);
    expect(row).toContain(`"'=SUM(A1), ""quoted"""`);
    expect(end).toBe('');
    expect((await all('csv')).content.match(/\r\n/g)).toHaveLength(CALLS + 3);
  });
});

test('a video appears when it is asked for, and is there to watch when its task is done', async () => {
  const { videos, days } = await host.api('videos.list');
  const [row] = await find({ tool: 'luma_generate_video' });
  const video = { taskId: row?.taskId, state: 'pending', activityId: row?.id, cost: 0.5 };
  expect(videos).toMatchObject([
    { ...video, prompt: 'A "quoted" cat,\nin 100% rain', tool: 'luma_generate_video' },
  ]);
  expect((await host.api('videos.list', { minCost: 0.5, text: 'quoted', sort: 'dearest' })).videos).toEqual(
    videos,
  );
  expect((await host.api('videos.list', { minCost: 0.51 })).videos).toEqual([]);
  expect(
    (await host.api('videos.list', { since: new Date(Date.now() + 60_000).toISOString() })).videos,
  ).toEqual([]);
  const today = new Date();
  const day = [today.getFullYear(), today.getMonth() + 1, today.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
  expect(days).toEqual([{ day, calls: CALLS + 1, cost: 0.5 }]);

  const window = await host.events();
  await expect
    .poll(
      async () => {
        await client.callTool({ name: 'luma_get_task', arguments: { task_id: row?.taskId } });
        return (await host.api('videos.list')).videos[0];
      },
      { interval: 100 },
    )
    .toMatchObject({
      ...video,
      state: 'completed',
      videoId: expect.any(String),
      videoUrl: expect.stringMatching(/^https?:/),
      thumbnailUrl: expect.stringMatching(/^(data:image|https?:)/),
      client: { label: 'First client' },
    });
  await window.next('changed', ({ what }) => what === 'videos');
  window.close();

  // The call that made it, and those that looked it up.
  const calls = await find({ task: row?.taskId ?? '' });
  expect(calls.at(-1)?.id).toBe(row?.id);
  expect(new Set(calls.slice(0, -1).map(({ tool }) => tool))).toEqual(new Set(['luma_get_task']));
  expect(await find({ task: (row?.taskId ?? '').slice(0, -1) })).toEqual([]);
});
