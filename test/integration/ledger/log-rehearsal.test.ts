/** A policy rehearsed beside the thread that judges calls: a real thread, on a real database. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../main/database/database.ts';
import { createActivity } from '../../../main/ledger/activity.ts';
import { createAnchor } from '../../../main/ledger/anchor.ts';
import { createLogReader, type LogReader } from '../../../main/ledger/log-reader.ts';
import type { RehearsalAsked } from '../../../main/ledger/log-rehearsal.ts';
import type { ToolNow } from '../../../main/ledger/rehearsal.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { seedActivity } from '../../bench/seed-activity.ts';
import { askedCall } from '../../support/calls.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';

const CALLS = 20_500;
const DAY = 86_400_000;

const fixture = JSON.parse(readFileSync(new URL('../../fixtures/luma-tools.json', import.meta.url), 'utf8'));
const schemas = new Map<string, ToolNow>(
  fixture.tools.map((tool: { name: string; inputSchema: JsonObject }) => [
    tool.name,
    { inputSchema: tool.inputSchema, category: 'spend' as const },
  ]),
);

const folder = folderOfSuite();
let path: string;
let log: LogReader;
let database: Database;

beforeAll(() => {
  const dataDir = join(folder(), 'data');
  path = join(dataDir, 'greenlight.db');
  seedActivity(dataDir, CALLS);
  database = openDatabase(path);
  log = createLogReader(path, silent);
});
afterAll(async () => {
  await log.close();
  database.close();
});

function asked(rest: object = {}, over: Partial<RehearsalAsked> = {}): RehearsalAsked {
  const document = { version: '1', default: 'allow', tools: {}, ...rest } as Json;
  return { document, since: Date.now() - 7 * DAY, grants: undefined, tools: schemas, costUnit: '$', ...over };
}

const rowOf = (seq: number) => database.sql.prepare('SELECT * FROM activity WHERE seq = ?').get(seq);
const atOf = (seq: number) => Number(rowOf(seq)?.at);

const activityOf = (opened: Database) =>
  createActivity(opened, {
    time: { toWall: (at) => at },
    logger: silent,
    log,
    anchor: createAnchor(opened),
  });

describe('a rehearsal', () => {
  it('reads the newest 20,000 calls, and says that there are more', async () => {
    const { calls, cut, from, groups } = await log.ask('rehearse', asked());
    expect({ calls, cut, from }).toEqual({
      calls: 20_000,
      cut: true,
      from: new Date(atOf(CALLS - 19_999)).toISOString(),
    });
    expect(groups.reduce((sum, group) => sum + group.calls, 0)).toBe(20_000);
    for (const { newest, calls: all } of groups) expect(newest).toHaveLength(Math.min(40, all));
    expect(groups.map(({ newest }) => newest[0]?.row.id)).toContain(`seed-${CALLS - 1}`);
  });

  it('of some clients reads theirs alone', async () => {
    const [id] = new Set([String(rowOf(CALLS)?.grant_id)]);
    const { calls, cut } = await log.ask('rehearse', asked({}, { grants: [id ?? ''] }));
    expect(calls).toBe(CALLS / 4);
    expect(cut).toBeUndefined();
  });

  it('has limits count from one window before, so that they have counted once it begins', async () => {
    const since = atOf(CALLS - 9);
    const window = (atOf(CALLS) - atOf(CALLS - 1)) / 1000;
    const limit = { counter: 'c', scope: 'all', window: window * 2.5, max: 2 };
    const rest = { all_tools: { limits: [limit], validate_arguments: false } };
    const found = await log.ask('rehearse', asked(rest, { since }));
    expect(found).toMatchObject({
      calls: 10,
      from: new Date(since).toISOString(),
      countsFrom: new Date(atOf(CALLS - 11)).toISOString(),
    });
    expect(found.cut).toBeUndefined();
    // Two of three run; the two before the first one did, so it is denied, and with it the fourth, seventh and tenth.
    const denied = found.groups.filter(({ would }) => would === 'deny');
    expect(denied.reduce((sum, { calls }) => sum + calls, 0)).toBe(4);
  });

  it('has a call count once that came again with its ticket, also before it begins', async () => {
    const at = Date.now() + DAY;
    const videos = asked(
      {
        tools: {
          luma_list_actions: { require_approval: true, limits: [{ counter: 'c', window: 'hour', max: 2 }] },
        },
      },
      { since: at, grants: ['ticket'] },
    );
    const activity = activityOf(database);
    const call = (id: string, minute: number, approvalId: string, forwarded: boolean) =>
      activity.open(askedCall({ id, at: at + minute * 60_000, grantId: 'ticket' }), {
        outcome: 'allowed',
        rule: '',
        decidedBy: 'person',
        approvalId,
        forwarded,
      });
    call('asked', -3, 'first', false);
    call('ticket', -2, 'first', true);
    call('asked before', -1, 'second', false);
    call('ticket after', 1, 'second', true);
    call('past', 2, 'third', true);
    const { calls, groups } = await log.ask('rehearse', videos);
    // Two count by then: the third is past the limit.
    expect(calls).toBe(2);
    expect(groups.map(({ would, newest }) => [would, newest.map(({ row }) => row.id)])).toEqual([
      ['ask', ['ticket after']],
      ['deny', ['past']],
    ]);
  });

  it('takes what a call cost from its answer, where it came again with its ticket', async () => {
    const at = Date.now() + 2 * DAY;
    const limit = { counter: 'spend', window: 'hour', max: 2, increment_from: 'cost' };
    const draft = asked(
      {
        costs: { luma_list_actions: { cost_from: 'usage.total' } },
        tools: { luma_list_actions: { require_approval: true, limits: [limit] } },
      },
      { since: at, grants: ['answered'] },
    );
    const activity = activityOf(database);
    for (const n of [1, 2, 3]) {
      const call = (id: string, forwarded: boolean) => {
        const decision = {
          outcome: 'allowed',
          rule: '',
          decidedBy: 'person',
          approvalId: `of ${n}`,
        } as const;
        activity.open(askedCall({ id, at: at + n * 1_000, grantId: 'answered' }), { ...decision, forwarded });
      };
      call(`asked ${n}`, false);
      call(`ran ${n}`, true);
      activity.complete(`ran ${n}`, { result: 'ok', cost: 1 });
    }
    const { groups } = await log.ask('rehearse', draft);
    expect(groups.map(({ would, calls, cost }) => [would, calls, cost])).toEqual([
      ['ask', 2, 2],
      ['deny', 1, 1],
    ]);
  });

  it('answers others in between, and ends when nobody waits for it', async () => {
    const events: string[] = [];
    const over = new AbortController();
    const long = log.ask('rehearse', asked(), over.signal).then(
      () => events.push('rehearsed'),
      ({ code }) => events.push(code),
    );
    await log.ask('row', { id: 'seed-1' });
    events.push('answered');
    over.abort();
    await long;
    expect(events).toEqual(['answered', 'conflict']);
    expect(await log.ask('count', undefined)).toBe(CALLS + 5 + 6);
  });

  it('reads 64 MiB at most', async () => {
    const activity = activityOf(database);
    const prompt = 'x'.repeat(5 * 1024 * 1024);
    for (let row = 0; row < 14; row++) {
      const call = askedCall({
        id: `huge-${row}`,
        at: Date.now(),
        tool: 'luma_generate_video',
        arguments: JSON.stringify({ prompt }),
      });
      activity.open(call, { outcome: 'denied', rule: '', forwarded: false });
    }
    const found = await log.ask('rehearse', asked());
    expect(found).toMatchObject({ calls: 12, cut: true });
    expect(JSON.stringify(found).length).toBeLessThan(50_000);
    expect(found.groups[0]?.newest[0]?.row).toMatchObject({ id: 'huge-13', cut: true });
  });
});
