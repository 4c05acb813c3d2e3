import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StorageError } from '../../../main/database/database.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import {
  allow,
  answer,
  asking,
  type Bench,
  CAT,
  connectionOf,
  MINUTE,
  offer,
  openBench,
  refused,
  ruled,
  running,
  SECOND,
  SERVER,
  SOON,
  VIDEO,
} from './setup.ts';

const LOOP = { ...CAT, loop: true };
const OPEN = { name: VIDEO, inputSchema: { type: 'object', additionalProperties: true } } as const;
const document = ruled(
  {
    require_approval: { when: [{ path: 'args.loop', op: 'eq', value: true }] },
    limits: [{ counter: 'c', window: 'hour', max: 1000 }],
  },
  { costs: { [VIDEO]: 0.4 } },
);

/** A long text, so that each row needs new pages. */
const LONG = { prompt: 'A cat '.repeat(2000) };

/** The ways in which the database cannot be written, and what the person is told of each. */
const troubles: [string, (bench: Bench) => () => void, string][] = [
  [
    'the disk is full',
    ({ core: { database } }) => {
      const { sql } = database;
      // Pages that are free already would take rows for a while.
      sql.exec('VACUUM');
      const count = Number(sql.prepare('PRAGMA page_count').get()?.page_count);
      sql.exec(`PRAGMA max_page_count = ${count}`);
      return () => void sql.exec('PRAGMA max_page_count = 4294967294');
    },
    'is full. Free some space',
  ],
  [
    'another program writes to the database',
    (bench) => lock(bench, 'IMMEDIATE'),
    'Another program holds the database',
  ],
  [
    'another program locks the database',
    (bench) => lock(bench, 'EXCLUSIVE'),
    'Another program holds the database',
  ],
];

/** Holds the database by a connection of its own; returns what lets go of it. */
function lock({ directory, core }: Bench, kind: 'IMMEDIATE' | 'EXCLUSIVE'): () => void {
  const other = new DatabaseSync(join(directory, 'greenlight.db'));
  onTestFinished(() => other.close());
  other.exec(`BEGIN ${kind}`);
  // This lock will not go away by itself, so waiting for it would only take the test's time.
  core.database.sql.exec('PRAGMA busy_timeout = 0');
  return () => other.exec('COMMIT');
}

/** What memory says, compared with what a Greenlight that starts now reads from the disk. */
async function consistent(bench: Bench): Promise<void> {
  const next = await bench.crash();
  expect(next.core.allowances.list()).toEqual(bench.core.allowances.list());
  expect(next.core.approvals.tickets()).toEqual(bench.core.approvals.tickets());
  expect(next.core.grants.list()).toEqual(bench.core.grants.list());
  expect(await next.core.activity.verify()).toMatchObject({ valid: true });
}

describe.each(troubles)('while %s', (_, begin, sentence) => {
  it('calls are refused with the reason, nothing is reserved, and the calls are in the log afterwards', async () => {
    const bench = await openBench(document);
    const { admit, core, counted, rows, clock } = bench;
    answer(running(await admit(VIDEO)));
    clock.advance(SOON);
    const before = counted();
    const end = begin(bench);
    for (const args of [LONG, { ...LONG, loop: true }]) {
      const told = refused(await admit(VIDEO, args));
      expect(told).toMatchObject({ outcome: 'denied', rule: '(storage)' });
      expect(told.reason).toContain(sentence);
      expect(told.reason).not.toMatch(/SQLITE|Error:|\bat /);
      expect(JSON.stringify(told)).not.toContain(bench.directory);
    }
    expect(rows()).toHaveLength(1);
    // The person is told where; the agent is not.
    expect(core.gate.trouble()).toContain(sentence);
    expect(core.gate.trouble()).toContain(bench.directory);
    expect(core.approvals.pending()).toEqual([]);
    clock.advance(10 * SECOND);
    expect(core.gate.trouble()).toContain(sentence);
    end();
    clock.advance(2 * SECOND);
    expect(core.gate.trouble()).toBeUndefined();
    expect(counted()).toEqual(before);
    expect(rows().map((row) => [row.outcome, row.rule])).toEqual([
      ['allowed', ''],
      ['denied', '(storage)'],
      ['denied', '(storage)'],
    ]);
    expect((await admit(VIDEO)).kind).toBe('run');
    expect(await core.activity.verify()).toEqual({ valid: true, rows: 4 });
  });

  it('rows of calls that are tried again and again are kept only up to a number', async () => {
    const bench = await openBench(document);
    const end = begin(bench);
    // A call that fits the space that is left would be let through: fill it first.
    await bench.admit(VIDEO, LONG);
    let refusals = 0;
    for (let n = 0; n < 150; n += 1) if ((await bench.admit(VIDEO, LONG)).kind === 'denied') refusals += 1;
    expect(refusals).toBe(150);
    end();
    bench.clock.advance(2 * SECOND);
    expect(bench.rows()).toHaveLength(100);
    expect(await bench.core.activity.verify()).toEqual({ valid: true, rows: 100 });
  });

  it('the end of a call that waits is written later, however many others were refused meanwhile', async () => {
    const bench = await openBench(document);
    const asked = await bench.ask(VIDEO, LOOP);
    const end = begin(bench);
    for (let n = 0; n < 150; n += 1) await bench.admit(VIDEO, LONG);
    asked.wait.leave();
    expect((await asked.settled()).kind).toBe('denied');
    end();
    bench.clock.advance(2 * SECOND);
    // A full disk may still have room for so little.
    expect(bench.rows()[0]?.outcome).toMatch(/denied|withdrawn/);
    expect(bench.rows()).toHaveLength(101);
    expect(await bench.core.activity.verify()).toEqual({ valid: true, rows: 101 });
  });

  it('the end of a running call is written later, and counts until then', async () => {
    const bench = await openBench(document);
    const { admit, core, counted, rows, clock } = bench;
    const run = running(await admit(VIDEO));
    const end = begin(bench);
    const heard: string[] = [];
    core.activity.onWritten(({ id }) => heard.push(id));
    // A long task id needs new pages.
    answer(run, JSON.stringify({ task_id: 't'.repeat(20_000) }));
    clock.advance(SOON);
    expect(rows()[0]?.result).toBeNull();
    expect(counted()).toEqual({ held: 1, settled: 0 });
    expect(core.gate.trouble()).toContain(sentence);
    expect(heard).toEqual([]);
    clock.advance(3 * SECOND);
    end();
    clock.advance(2 * SECOND);
    expect(rows()[0]).toMatchObject({ result: 'ok', latency_ms: 5 });
    expect(counted()).toEqual({ held: 0, settled: 1 });
    expect(core.gate.trouble()).toBeUndefined();
    expect(heard).toEqual([rows()[0]?.id]);
    expect(await core.activity.verify()).toEqual({ valid: true, rows: 1 });
  });

  it('the person’s answer is not taken, and the approval waits on as it was', async () => {
    const bench = await openBench(document);
    const { ask, core, approval, counted, rows } = bench;
    const asked = await ask(VIDEO, LOOP);
    const end = begin(bench);
    const edited = { prompt: 'A dog '.repeat(3000), loop: true };
    for (const answered of [
      { answer: 'allow', for: '15m', arguments: edited },
      { answer: 'deny', for: 'block-15m', reason: 'Not now. '.repeat(3000) },
    ] as const) {
      expect(() => core.gate.decide(asked.approvalId, answered)).toThrow(StorageError);
      expect(() => core.gate.decide(asked.approvalId, answered)).toThrow(sentence);
      expect(approval(asked.approvalId)).toMatchObject({
        state: 'pending',
        reason: undefined,
        edited: undefined,
        decidedAt: undefined,
      });
      expect(core.gate.waiting(asked.approvalId)).toBe(1);
      // Nothing of a failed answer stays in memory: no allowance, no block.
      expect(core.allowances.list()).toEqual([]);
    }
    expect(counted()).toEqual({ held: 1, settled: 0 });
    end();
    core.gate.decide(asked.approvalId, { ...allow, arguments: edited });
    answer(running(await asked.settled()));
    bench.clock.advance(SOON);
    expect(counted()).toEqual({ held: 0, settled: 1 });
    expect(rows()).toMatchObject([{ outcome: 'allowed', result: 'ok' }]);
    await consistent(bench);
  });

  it('memory is what the disk is, once it is over', async () => {
    const bench = await openBench(document);
    const { admit, ask, core, clock } = bench;
    const asked = await ask(VIDEO, LOOP);
    const ticket = await ask(VIDEO, { ...LOOP, prompt: 'ticket' });
    clock.advance(45 * SECOND);
    core.gate.decide(ticket.approvalId, allow);
    const end = begin(bench);
    await admit(VIDEO, LONG);
    expect(() =>
      core.gate.decide(asked.approvalId, { answer: 'allow', for: '15m', arguments: { ...LONG, loop: true } }),
    ).toThrow(StorageError);
    end();
    clock.advance(2 * SECOND);
    core.gate.decide(asked.approvalId, { answer: 'deny', for: 'once' });
    await consistent(bench);
    running(await admit(VIDEO, { ...LOOP, prompt: 'ticket' }));
  });
});

describe('while the database is locked', () => {
  it('a call whose hold ends is refused, and its question stays for the person', async () => {
    const bench = await openBench(document);
    const asked = await bench.ask(VIDEO, LOOP);
    const end = lock(bench, 'IMMEDIATE');
    bench.clock.advance(45 * SECOND);
    expect(refused(await asked.settled()).rule).toBe('(storage)');
    end();
    bench.clock.advance(2 * SECOND);
    expect(bench.rows()[0]).toMatchObject({ outcome: 'denied', rule: '(storage)' });
    expect(bench.approval(asked.approvalId)).toMatchObject({ state: 'pending', ticket: false });
    bench.core.gate.decide(asked.approvalId, allow);
    expect((await bench.admit(VIDEO, LOOP)).kind).toBe('run');
  });

  it('a question whose time is over ends as soon as that can be written', async () => {
    const bench = await openBench(document);
    const asked = await bench.ask(VIDEO, LOOP);
    const end = lock(bench, 'IMMEDIATE');
    bench.clock.advance(5 * MINUTE);
    expect(refused(await asked.settled()).outcome).toBe('denied');
    expect(() => bench.core.gate.decide(asked.approvalId, allow)).toThrow('time to answer is over');
    end();
    bench.clock.advance(2 * SECOND);
    expect(bench.approval(asked.approvalId).state).toBe('expired');
    expect(bench.counted()).toEqual({ held: 0, settled: 0 });
    expect(bench.pending()).toEqual([]);
  });

  it('a ticket whose time is over does not run, and gives back what it held as soon as it can', async () => {
    const bench = await openBench(document);
    const asked = await bench.ask(VIDEO, LOOP);
    bench.clock.advance(45 * SECOND);
    bench.core.gate.decide(asked.approvalId, allow);
    bench.clock.advance(10 * MINUTE - 1);
    const end = lock(bench, 'IMMEDIATE');
    bench.clock.advance(1);
    expect(bench.counted().held).toBe(1);
    end();
    bench.clock.advance(2 * SECOND);
    expect(bench.counted().held).toBe(0);
    expect((await bench.admit(VIDEO, LOOP)).kind).toBe('wait');
  });

  async function anotherServer({ core }: Bench): Promise<void> {
    const upstream = await startHttpUpstream({ tools: [OPEN] });
    onTestFinished(() => upstream.close());
    await core.servers.useUpstream(SERVER, { kind: 'http', url: upstream.url }, {});
    await connectionOf(core).refresh();
  }

  it.each([
    ['its tool was changed', true],
    ['another upstream came', false],
  ])('a question whose end could not be written is not allowed as it was asked: %s', async (_, asksAnew) => {
    const bench = await openBench(asking);
    const { ask, core, clock, rows, pending } = bench;
    const change = await offer(bench, [OPEN]);
    const asked = await ask(VIDEO);
    clock.advance(SECOND);
    const { sql } = core.database;
    sql.exec(
      `CREATE TEMP TRIGGER unended BEFORE UPDATE ON approvals WHEN NEW.state = 'withdrawn'
       BEGIN SELECT RAISE(ABORT, 'the disk failed'); END`,
    );
    if (asksAnew) await change([{ ...OPEN, description: 'Deletes all.' }]);
    else await anotherServer(bench);
    expect(pending().map(({ id }) => id)).toEqual([asked.approvalId]);
    const decide = () => core.gate.decide(asked.approvalId, allow);
    expect(decide).toThrow(/since this was asked/);
    sql.exec('DROP TRIGGER unended');
    clock.advance(2 * SECOND);
    expect(decide).toThrow('already withdrawn');
    expect(rows().filter(({ forwarded }) => forwarded === 1)).toEqual([]);
    expect(pending().map(({ signals }) => signals[0]?.kind)).toEqual(asksAnew ? ['changed-tool'] : []);
  });

  describe('a ticket whose end could not be written does not run', () => {
    const changes: [string, (bench: Bench) => unknown][] = [
      [
        'of an older version of the policy',
        ({ policy }) => policy({ ...(document as JsonObject), description: 'Edited.' }),
      ],
      ['for a server that is not in use any more', anotherServer],
      [
        'after all calls were blocked for a while',
        ({ core }) => {
          core.guard.set({ mode: 'block' });
          core.guard.set({ mode: 'policy' });
        },
      ],
    ];

    /** A ticket whose end fails to be written, whatever else can be, from `change` on. */
    async function unended(change: (bench: Bench) => unknown): Promise<Bench> {
      const bench = await openBench(document);
      const asked = await bench.ask(VIDEO, LOOP);
      bench.clock.advance(45 * SECOND);
      bench.core.gate.decide(asked.approvalId, allow);
      bench.core.database.sql.exec(
        `CREATE TEMP TRIGGER unended BEFORE UPDATE ON approvals WHEN NEW.ticket_until IS NULL AND NEW.state = 'allowed'
         BEGIN SELECT RAISE(ABORT, 'the disk failed'); END`,
      );
      await change(bench);
      expect(bench.core.approvals.tickets()).toHaveLength(1);
      return bench;
    }

    it.each(changes)('%s', async (_, change) => {
      const { admit, rows } = await unended(change);
      expect((await admit(VIDEO, LOOP)).kind).not.toBe('run');
      expect(rows().filter(({ forwarded }) => forwarded === 1)).toEqual([]);
    });

    it('of an older version of the policy, also where Greenlight was killed in between', async () => {
      const { crash } = await unended(({ policy }) =>
        policy({ ...(document as JsonObject), description: 'Edited.' }),
      );
      const next = await crash();
      expect(next.core.approvals.tickets()).toHaveLength(1);
      expect((await next.admit(VIDEO, LOOP)).kind).toBe('wait');
    });

    it('for a server that is not in use any more, likewise', async () => {
      const { crash } = await unended((bench) => anotherServer(bench));
      const next = await crash();
      expect(next.core.approvals.tickets()).toEqual([]);
      expect((await next.admit(VIDEO, LOOP)).kind).toBe('wait');
    });
  });

  it('a changed policy withdraws nothing that it cannot write, and still nothing old is allowed', async () => {
    const bench = await openBench(document);
    const asked = await bench.ask(VIDEO, LOOP);
    const settings = bench.core.settings.get();
    bench.core.settings.set({ ...settings, defaultPolicyId: 'gone' });
    const end = lock(bench, 'IMMEDIATE');
    bench.core.settingsChanged();
    expect(bench.approval(asked.approvalId).state).toBe('pending');
    end();
    bench.core.settings.set(settings);
    bench.policy(ruled({ action: 'deny' }));
    expect(refused(await asked.settled()).rule).toBe('/tools/luma_generate_video/action');
  });

  it('stopping answers what waits; the next start ends it in the log', async () => {
    const bench = await openBench(document);
    const asked = await bench.ask(VIDEO, LOOP);
    const end = lock(bench, 'IMMEDIATE');
    bench.core.gate.stop();
    expect(refused(await asked.settled()).outcome).toBe('denied');
    end();
    const next = await bench.restart();
    expect(next.approval(asked.approvalId).state).toBe('interrupted');
    expect(next.rows()[0]?.outcome).not.toBe('pending');
    expect(await next.core.activity.verify()).toEqual({ valid: true, rows: 1 });
  });
});
