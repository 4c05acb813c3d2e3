import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivityRecord } from '../../../main/ledger/activity-row.ts';
import type { Json } from '../../../shared/json.ts';
import { videosIn } from '../../support/records.ts';
import { allow, answer, CAT, MINUTE, openBench, ruled, running, SECOND, SOON, VIDEO } from '../gate/setup.ts';

/** A log with every kind of row: run, denied, hidden, waiting, allowed by the person, joined, still open. */
async function filled() {
  const bench = await openBench({
    version: '1',
    default: 'allow',
    hide: ['luma_get_task'],
    costs: { [VIDEO]: 0.4 },
    tools: { [VIDEO]: { require_approval: true }, luma_extend_video: { action: 'deny' } },
  });
  const { admit, ask, core, clock } = bench;
  answer(running(await admit('luma_list_actions', {}, { session: 's' })));
  await admit('luma_extend_video', {});
  await admit('luma_get_task', { task_id: 't' });
  const calls = [await ask(VIDEO), await ask(VIDEO)] as const;
  clock.advance(20 * SECOND);
  core.gate.decide(calls[0].approvalId, { ...allow, arguments: { prompt: 'A dog' } });
  const [first] = await Promise.all(calls.map((call) => call.settled()));
  answer(running(first as NonNullable<typeof first>), '{"task_id":"t1","success":true}');
  await ask(VIDEO, { prompt: 'held' });
  clock.advance(5 * MINUTE);
  await ask(VIDEO, { prompt: 'open' });
  running(await admit('luma_list_actions', {}));
  return bench;
}

describe('the log', () => {
  it('has one row for each call, with its decision, before the call can run', async () => {
    const { admit, rows, clock } = await openBench(ruled({}, { costs: { [VIDEO]: 0.4 } }));
    const run = running(await admit(VIDEO, CAT, { session: 's' }));
    expect(rows()).toHaveLength(1);
    expect(rows()[0]).toMatchObject({
      seq: 1,
      label: 'Client',
      client_name: 'test',
      client_version: '1',
      session: 's',
      tool: VIDEO,
      arguments: '{"prompt":"A cat"}',
      outcome: 'allowed',
      rule: '',
      decided_by: 'policy',
      policy_id: 'test',
      policy_version: 1,
      cost: 0.4,
      forwarded: 1,
      result: null,
      latency_ms: null,
    });
    run.finish({ reached: true, result: 'tool error', latencyMs: 12, upstreamStatus: 200 });
    run.finish({ reached: true, result: 'ok' });
    clock.advance(SOON);
    expect(rows()).toHaveLength(1);
    expect(rows()[0]).toMatchObject({ result: 'tool error', latency_ms: 12, upstream_status: 200 });
  });

  it('shows a call pending while the person is asked, then how long that took', async () => {
    const { ask, core, clock, rows } = await openBench();
    const asked = await ask(VIDEO);
    expect(rows()[0]).toMatchObject({ outcome: 'pending', decided_by: null, forwarded: 0, wait_ms: null });
    clock.advance(7 * SECOND);
    core.gate.decide(asked.approvalId, allow);
    expect(rows()[0]).toMatchObject({
      outcome: 'allowed',
      decided_by: 'person',
      forwarded: 1,
      wait_ms: 7000,
    });
  });

  it('tells its listeners of each change, after it is written; one that fails disturbs nobody', async () => {
    const { admit, core, rows, clock } = await openBench(ruled({}));
    const heard: (string | number | null)[] = [];
    core.activity.onWritten(() => {
      throw new Error('a broken window');
    });
    core.activity.onWritten(() => heard.push(rows().at(-1)?.result ?? null));
    answer(running(await admit(VIDEO)));
    clock.advance(SOON);
    expect(heard).toEqual([null, 'ok']);
    expect(rows()).toHaveLength(1);
    expect(await core.activity.verify()).toEqual({ valid: true, rows: 1 });
  });

  it('keeps only the names of arguments where the setting says so', async () => {
    const { ask, core, rows } = await openBench();
    core.settings.set({
      ...core.settings.get(),
      activity: { ...core.settings.get().activity, arguments: 'names' },
    });
    const asked = await ask(VIDEO, { prompt: 'secret plans', loop: true });
    core.gate.decide(asked.approvalId, { ...allow, arguments: { prompt: 'other plans' } });
    expect(rows()[0]).toMatchObject({ arguments: '["prompt","loop"]', edited: '["prompt"]' });
  });

  it('masks secrets, also those that the person writes', async () => {
    const { ask, core, rows } = await openBench();
    const asked = await ask(VIDEO, { prompt: 'use Bearer abcdefgh12345678 here' });
    core.gate.decide(asked.approvalId, { ...allow, arguments: { prompt: 'use sk-abcdefghijklmnop1234' } });
    expect(rows()[0]?.arguments).toBe('{"prompt":"use [masked] here"}');
    expect(rows()[0]?.edited).toBe('{"prompt":"use [masked]"}');
  });
});

describe('the chain', () => {
  it('verifies, whatever was logged, and counts the rows', async () => {
    const { core, rows } = await filled();
    const outcomes = ['allowed', 'denied', 'expired', 'pending'];
    expect([...new Set(rows().map((row) => row.outcome))].sort()).toEqual(outcomes);
    expect(await core.activity.verify()).toEqual({ valid: true, rows: rows().length });
  });

  it('verifies with any text in the names of tools and clients', async () => {
    const { core, clock } = await openBench({ version: '1', default: 'allow', tools: {} });
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\0', 'a\0b', '\ud800', 'x\udfff\ud800', '\u{1f408}', '␀', '', '"\\\n'),
    );
    await fc.assert(
      fc.asyncProperty(text, text, text, text, async (label, name, version, tool) => {
        const { grant } = core.grants.create(label);
        await core.gate.admit({
          server: 'luma',
          grant,
          session: tool,
          client: { name, version },
          tool,
          arguments: { [label]: tool, prompt: name },
          also: { requestState: label },
          capabilities: undefined,
        });
      }),
      { numRuns: 60 },
    );
    // The tool list is not known: the refusal itself names the tool.
    await core.servers.useUpstream('luma', { kind: 'http', url: 'http://127.0.0.1:9/mcp' }, {});
    for (const tool of ['a\0b', '\ud800', '~/\udc00']) {
      await core.gate.admit({
        grant: core.grants.create('g').grant,
        server: 'luma',
        session: undefined,
        client: undefined,
        tool,
        arguments: {},
        also: {},
        capabilities: undefined,
      });
    }
    clock.advance(SECOND);
    expect(await core.activity.verify()).toEqual({ valid: true, rows: 63 });
  });

  it('shows a change of any single column of any row', async () => {
    const { core, rows } = await filled();
    const { sql } = core.database;
    const all = rows();
    const columns = Object.keys(all[0] as ActivityRecord) as (keyof ActivityRecord)[];
    const types = new Map(
      (
        sql.prepare("SELECT name, type FROM pragma_table_info('activity')").all() as {
          name: string;
          type: string;
        }[]
      ).map(({ name, type }) => [name, type]),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        fc.constantFrom(...columns),
        fc.option(fc.string()),
        fc.integer(),
        async (row, column, text, number) => {
          const value =
            text === null ? null : types.get(column) === 'TEXT' ? text.replaceAll('\0', '') : number;
          fc.pre(value !== row[column]);
          try {
            sql.prepare(`UPDATE activity SET ${column} = ? WHERE seq = ?`).run(value, row.seq);
          } catch {
            // The table does not allow the value.
            fc.pre(false);
          }
          const verified = await core.activity.verify();
          expect(verified.valid).toBe(false);
          expect(verified.message).toMatch(/row|link/i);
          const changed = column === 'seq' ? value : row.seq;
          sql.prepare(`UPDATE activity SET ${column} = ? WHERE seq = ?`).run(row[column], changed);
        },
      ),
      { numRuns: 250 },
    );
    for (const column of columns) {
      // Every column at least once, not only by chance.
      const [row] = all;
      const other = types.get(column) === 'TEXT' ? 'other' : 99;
      sql.prepare(`UPDATE activity SET ${column} = ? WHERE seq = 1`).run(other);
      expect((await core.activity.verify()).valid, column).toBe(false);
      const restore = sql.prepare(`UPDATE activity SET ${column} = ? WHERE seq = ?`);
      restore.run((row as ActivityRecord)[column], column === 'seq' ? 99 : 1);
    }
    expect(await core.activity.verify()).toMatchObject({ valid: true });
  });

  const copy =
    'INSERT INTO activity SELECT :seq, :id, ' +
    'at, grant_id, label, client_name, client_version, session, tool, arguments, digest, policy_id, policy_version, cost, approval_id, outcome, rule, message, decided_by, wait_ms, edited, forwarded, result, latency_ms, upstream_status, task_id, also, watched, answered_by, server FROM activity WHERE seq = 2';
  const forgeries: [string, string][] = [
    ['a row removed', 'DELETE FROM activity WHERE seq = 2'],
    ['the newest row removed', 'DELETE FROM activity WHERE seq = (SELECT max(seq) FROM activity)'],
    [
      'a row removed with its links',
      'DELETE FROM activity WHERE seq = 2; DELETE FROM activity_chain WHERE seq = 2',
    ],
    ['a row added at the end', copy.replace(':seq', '1000').replace(':id', "'forged'")],
    ['a row added before the first', copy.replace(':seq', '0').replace(':id', "'forged'")],
    [
      'two rows exchanged',
      'UPDATE activity SET seq = -1 WHERE seq = 1; UPDATE activity SET seq = 1 WHERE seq = 2; UPDATE activity SET seq = 2 WHERE seq = -1',
    ],
    ['a link removed', 'DELETE FROM activity_chain WHERE link = 2'],
    [
      'the newest link removed',
      'DELETE FROM activity_chain WHERE link = (SELECT max(link) FROM activity_chain)',
    ],
    ['a link added', 'INSERT INTO activity_chain SELECT max(link) + 1, 1, content, hash FROM activity_chain'],
    [
      'two links exchanged',
      'UPDATE activity_chain SET link = -1 WHERE link = 2; UPDATE activity_chain SET link = 2 WHERE link = 3; UPDATE activity_chain SET link = 3 WHERE link = -1',
    ],
    ['a link’s hash', 'UPDATE activity_chain SET hash = hex(randomblob(32)) WHERE link = 3'],
    ['a link’s content', 'UPDATE activity_chain SET content = hex(randomblob(32)) WHERE link = 3'],
    ['a link’s row', 'UPDATE activity_chain SET seq = 1 WHERE link = 3'],
    ['all links removed', 'DELETE FROM activity_chain'],
  ];
  it.each(forgeries)('shows %s, while Greenlight runs and after the next start', async (what, forgery) => {
    const { core, restart } = await filled();
    core.database.sql.exec(forgery);
    const verified = await core.activity.verify();
    // What is behind the last link that this process knows of is seen at the next start at the latest.
    if (what !== 'a link added') expect(verified.valid).toBe(false);
    const next = await restart();
    expect(await next.core.activity.verify()).toMatchObject({ valid: false });
  });

  it('verifies while calls go on', async () => {
    const { core, admit, ask, rows } = await openBench({
      version: '1',
      default: 'allow',
      tools: { [VIDEO]: { require_approval: true } },
    });
    const open = [];
    for (let n = 0; n < 700; n += 1) open.push(running(await admit('luma_list_actions', {})));
    const asked = await ask(VIDEO);
    const verifying = core.activity.verify();
    for (const [n, run] of open.entries()) if (n % 2 === 0) answer(run);
    core.gate.decide(asked.approvalId, allow);
    await admit('luma_list_actions', {});
    expect(await verifying).toEqual({ valid: true, rows: 701 });
    expect(await core.activity.verify()).toEqual({ valid: true, rows: rows().length });
  });
});

describe('the videos', () => {
  it('are those that runs submitted, with the call and the approval they came from', async () => {
    const { ask, admit, core, clock } = await openBench();
    const asked = await ask(VIDEO);
    core.gate.decide(asked.approvalId, allow);
    answer(running(await asked.settled()), '{"task_id":"t1","success":true}');
    const look = await ask('luma_get_task', { task_id: 't1' });
    core.gate.decide(look.approvalId, allow);
    const done: Json = { id: 't1', state: 'completed', response: { video_url: 'https://v.example/1.mp4' } };
    answer(running(await look.settled()), JSON.stringify(done));
    clock.advance(SOON);
    expect(videosIn(core)).toMatchObject([
      {
        task_id: 't1',
        state: 'completed',
        video_url: 'https://v.example/1.mp4',
        approval_id: asked.approvalId,
      },
    ]);
    expect((await admit(VIDEO)).kind).toBe('wait');
  });
});
