import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../main/database/database.ts';
import { costCounters, type Scopes } from '../../../main/ledger/counters.ts';
import { createLimits, type Limits } from '../../../main/ledger/limits.ts';
import type { LimitDemand } from '../../../shared/policy/index.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';

const directory = mkdtempSync(join(tmpdir(), 'greenlight-limits-'));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;

const demand = (change: Partial<LimitDemand> = {}): LimitDemand => ({
  rule: '/tools/t/limits/0',
  counter: 'c',
  scope: 'grant',
  windowMs: 1000,
  max: 3,
  amount: 1,
  ...change,
});
/** How much longer (ms) a call that ran at once may count, once it is read again. */
const AHEAD = 1000;
const scopes: Scopes = { server: 'luma', grant: 'g', session: 's' };

describe('limits', () => {
  let clock: TestClock;
  let path: string;
  let database: Database;
  let limits: Limits;
  const reopen = () => {
    database.close();
    database = openDatabase(path);
    limits = createLimits(database, clock);
  };
  beforeEach(() => {
    clock = createTestClock();
    path = join(directory, `${files++}.db`);
    database = openDatabase(path);
    limits = createLimits(database, clock);
    return () => database.close();
  });
  const take = (owner: string, ...demands: LimitDemand[]) => limits.reserve(owner, demands, scopes);

  it('holds what is open and what settled less than a window ago, and not a millisecond longer', () => {
    for (const owner of ['a', 'b', 'c']) expect(take(owner, demand()).ok).toBe(true);
    limits.settle('a');
    clock.advance(400);
    limits.settle('b');
    limits.settle('c');
    expect(take('d', demand())).toMatchObject({ ok: false, retryAfterMs: 600 });
    clock.advance(599);
    expect(take('d', demand())).toMatchObject({ ok: false, retryAfterMs: 1 });
    clock.advance(1);
    expect(take('d', demand()).ok).toBe(true);
    expect(take('e', demand())).toMatchObject({ ok: false, retryAfterMs: 400 });
  });

  it('names no time to retry while open calls hold the room, or where a call alone is too much', () => {
    for (const owner of ['a', 'b', 'c']) take(owner, demand());
    expect(take('d', demand())).toMatchObject({ ok: false, retryAfterMs: undefined });
    expect(take('d', demand({ counter: 'other', amount: 4 }))).toMatchObject({ retryAfterMs: undefined });
  });

  it('reserves all demands or none', () => {
    take('a', demand({ counter: 'scarce', max: 1 }));
    expect(take('b', demand({ counter: 'plenty' }), demand({ counter: 'scarce', max: 1 })).ok).toBe(false);
    for (const owner of ['c', 'd', 'e']) expect(take(owner, demand({ counter: 'plenty' })).ok).toBe(true);
    expect(database.sql.prepare("SELECT count(*) AS n FROM reservations WHERE owner = 'b'").get()?.n).toBe(0);
  });

  it('blames the first demand that does not fit, and waits for the slowest', () => {
    const minute = demand({ rule: '/minute', windowMs: 1000, max: 1 });
    const day = demand({ rule: '/day', windowMs: 5000, max: 1 });
    take('a', minute, day);
    limits.settle('a');
    clock.advance(100);
    const denied = take('b', minute, day);
    expect(denied).toMatchObject({ ok: false, demand: { rule: '/minute' }, retryAfterMs: 4900 });
    clock.advance(4899);
    expect(take('b', minute, day).ok).toBe(false);
    clock.advance(1);
    expect(take('b', minute, day).ok).toBe(true);
  });

  it('counts what no sum can hold as the most that there is, and not as nothing', () => {
    const [short, long] = [demand({ max: 10, windowMs: 1000 }), demand({ max: 1e290, windowMs: 5000 })];
    for (const owner of ['a', 'b', 'c']) {
      const costs = [demand({ counts: 'cost', max: 1e305, windowMs: 5000 })];
      limits.begin(owner, costs, scopes);
      limits.settle(owner, clock.now(), { cost: 1.7e308, counters: costCounters(costs, scopes) });
    }
    expect(limits.isPast([{ ...long, whenReached: 'ask' }], scopes)).toBe(true);
    expect(limits.begin('d', [short], scopes)).toMatchObject({ ok: false, retryAfterMs: 1000 });
    clock.advance(1000);
    expect(limits.begin('d', [short], scopes).ok).toBe(true);
    expect(limits.begin('e', [long], scopes).ok).toBe(false);
  });

  it('loses nothing small beside what is large, however often, and whatever comes between', () => {
    const minute = demand({ max: 10, windowMs: 60_000, amount: 0.4 });
    const month = demand({ max: 1e290, windowMs: 30 * 86_400_000, amount: 0.4 });
    for (const [index, large] of [1e300, 1e32, 1e17, 1e250].entries()) {
      limits.begin(
        `large ${index}`,
        [demand({ windowMs: month.windowMs, max: 1e305, amount: large })],
        scopes,
      );
      limits.settle(`large ${index}`);
      clock.advance(120_000);
    }
    const ran = Array.from({ length: 100 }, (_, call) => {
      const { ok } = limits.begin(`small ${call}`, [minute], scopes);
      limits.settle(`small ${call}`);
      clock.advance(10);
      return ok;
    });
    expect(ran.filter(Boolean)).toHaveLength(25);
    expect(limits.begin('again', [minute], scopes)).toMatchObject({ ok: false, retryAfterMs: 60_000 - 1000 });
    expect(limits.begin('month', [month], scopes).ok).toBe(false);
  });

  it('counts a call once where its demands share a counter, by the largest amount', () => {
    const small = demand({ max: 5, amount: 1 });
    const large = demand({ max: 5, amount: 4, windowMs: 2000 });
    expect(take('a', small, large).ok).toBe(true);
    // Each demand is checked with what will be counted.
    expect(take('b', demand({ max: 5, amount: 1 })).ok).toBe(true);
    expect(take('c', demand({ max: 5, amount: 1 })).ok).toBe(false);
    expect(
      take('d', demand({ counter: 'n', max: 3, amount: 1 }), demand({ counter: 'n', max: 9, amount: 4 })),
    ).toMatchObject({ ok: false, demand: { max: 3, amount: 4 } });
  });

  it('keeps grants, sessions and everyone apart; a call without a session counts under its grant', () => {
    const one = (scope: LimitDemand['scope']) => demand({ scope, max: 1 });
    expect(limits.reserve('a', [one('session')], { server: 'luma', grant: 'g', session: 's' }).ok).toBe(true);
    expect(limits.reserve('b', [one('session')], { server: 'luma', grant: 'g', session: 't' }).ok).toBe(true);
    expect(limits.reserve('c', [one('session')], { server: 'luma', grant: 'h', session: 's' }).ok).toBe(true);
    expect(limits.reserve('d', [one('session')], { server: 'luma', grant: 'g', session: undefined }).ok).toBe(
      true,
    );
    expect(limits.reserve('e', [one('grant')], { server: 'luma', grant: 'g', session: 's' }).ok).toBe(false);
    expect(limits.reserve('f', [one('all')], { server: 'luma', grant: 'g', session: 's' }).ok).toBe(true);
    expect(limits.reserve('i', [one('all')], { server: 'luma', grant: 'h', session: 's' }).ok).toBe(false);
    // Ids are the client's: none may reach into another's counter.
    expect(limits.reserve('j', [one('session')], { server: 'luma', grant: 'g', session: 's","c' }).ok).toBe(
      true,
    );
  });

  it('gives back what is released and exchanges what is replaced, or leaves it as it was', () => {
    take('a', demand({ amount: 3 }));
    limits.release('a');
    expect(take('b', demand({ amount: 3 })).ok).toBe(true);
    expect(limits.replace('b', [demand({ amount: 1 })], scopes).ok).toBe(true);
    expect(take('c', demand({ amount: 2 })).ok).toBe(true);
    expect(limits.replace('b', [demand({ amount: 2 })], scopes).ok).toBe(false);
    reopen();
    expect(take('d', demand()).ok).toBe(false);
    limits.release('c');
    expect(take('d', demand({ amount: 2 })).ok).toBe(true);
    expect(take('e', demand()).ok).toBe(false);
  });

  it('settles or releases once, whoever asks twice', () => {
    take('a', demand({ amount: 3 }));
    limits.settle('a');
    limits.release('a');
    limits.settle('a');
    expect(take('b', demand())).toMatchObject({ ok: false, retryAfterMs: 1000 });
    expect(database.sql.prepare('SELECT count(*) AS n FROM quota_events').get()?.n).toBe(1);
  });

  it('looks further back when a policy edit names a longer window', () => {
    for (const owner of ['a', 'b', 'c']) {
      take(owner, demand());
      limits.settle(owner);
      clock.advance(1000);
    }
    expect(take('d', demand()).ok).toBe(true);
    expect(take('e', demand({ windowMs: 10_000 }))).toMatchObject({ ok: false, retryAfterMs: 8000 });
  });

  it('counts what is dated in the future as now: a wait is never longer than the window', () => {
    take('a', demand({ max: 1 }));
    limits.settle('a');
    const past = createLimits(database, { ...clock, now: () => clock.now() - 60_000 });
    expect(past.reserve('b', [demand({ max: 1 })], scopes)).toMatchObject({
      ok: false,
      retryAfterMs: 1000,
    });
  });

  it('does not lose cents over thousands of calls', () => {
    const spend = demand({ max: 4, amount: 0.4, windowMs: 20 });
    let fitted = 0;
    for (let call = 0; call < 3000; call += 1) {
      const owner = `o${call}`;
      if (take(owner, spend).ok) {
        limits.settle(owner);
        fitted += 1;
      }
      clock.advance(1);
    }
    // Ten of 0.4 fit into any 20 ms, to the last one.
    expect(fitted).toBe(1500);
  });

  it('forgets nothing that a failed write had touched', () => {
    take('a', demand({ amount: 2 }));
    expect(() =>
      database.transaction(() => {
        limits.settle('a');
        take('b', demand());
        throw new Error('the row after it failed');
      }),
    ).toThrow('the row after it failed');
    expect(take('c', demand()).ok).toBe(true);
    expect(take('d', demand())).toMatchObject({ ok: false, retryAfterMs: undefined });
    limits.release('a');
    expect(take('d', demand({ amount: 2 })).ok).toBe(true);
  });
});

describe('amounts that have become old', () => {
  const DAY = 86_400_000;
  const calls = demand({ windowMs: 30 * DAY, max: 1e9 });
  const KEY = '["grant","g","c"]';

  it('are merged in memory and on the disk, and count no shorter, nor longer by more than a ten-thousandth', () => {
    const clock = createTestClock();
    const path = join(directory, `${files++}.db`);
    const database = openDatabase(path);
    let limits = createLimits(database, clock);
    const ends: number[] = [];
    database.transaction(() => {
      for (let n = 0; n < 10_000; n += 1) {
        limits.begin(`${n}`, [calls], scopes);
        limits.settle(`${n}`);
        ends.push(clock.now());
        clock.advance(7_000 + (n % 13) * 11);
      }
    });
    const rows = () => Number(database.sql.prepare('SELECT count(*) AS n FROM quota_events').get()?.n);
    expect(rows()).toBe(10_000);
    const expectCounted = (days: number) => {
      const since = clock.now() - days * DAY;
      const exact = ends.filter((at) => at > since).length;
      const most = ends.filter((at) => at > since - (days * DAY) / 10_000 - AHEAD).length;
      const { settled } = limits.usedBy(KEY, days * DAY);
      expect(settled).toBeGreaterThanOrEqual(exact);
      expect(settled).toBeLessThanOrEqual(most);
    };
    for (const days of [0.1, 0.3, 0.5, 0.8, 1]) expectCounted(days);
    let slices = 0;
    while (limits.prune()) slices += 1;
    expect(slices).toBeGreaterThan(10);
    expect(slices).toBeLessThan(100);
    clock.advance(20 * DAY);
    while (limits.prune());
    expect(rows()).toBeLessThan(2_000);

    for (const days of [9, 19.5, 20, 20.2, 20.5, 21, 25]) expectCounted(days);
    limits = createLimits(database, clock);
    for (const days of [9, 19.5, 20, 20.2, 20.5, 21, 25]) expectCounted(days);
    database.close();
  });

  it('are removed once no window can see them, with what belongs to other counters left', () => {
    const clock = createTestClock();
    const database = openDatabase(join(directory, `${files++}.db`));
    const limits = createLimits(database, clock);
    const both = [calls, demand({ counter: 'other', windowMs: DAY, max: 9 })];
    limits.begin('old', both, scopes);
    limits.settle('old');
    clock.advance(367 * DAY);
    limits.begin('new', both, scopes);
    limits.settle('new');
    while (limits.prune());
    expect(database.sql.prepare('SELECT owner, counter FROM quota_events ORDER BY counter').all()).toEqual([
      { owner: 'new', counter: KEY },
      { owner: 'new', counter: '["grant","g","other"]' },
    ]);
    expect(limits.counters().map(({ counter }) => counter)).toEqual(['c', 'other']);
    database.close();
  });
});

type Step =
  | { kind: 'reserve' | 'begin'; grant: string; session: string | undefined; amounts: number[] }
  | { kind: 'settle' | 'release'; pick: number }
  | { kind: 'replace'; pick: number; amounts: number[] }
  | { kind: 'wait'; ms: number }
  | { kind: 'restart'; fates: ('ran' | 'not run' | 'still open')[] };

/** Two windows on one counter, one for each session, one for everybody. */
const TABLE = [
  { counter: 'calls', scope: 'grant', windowMs: 1000, max: 3 },
  { counter: 'calls', scope: 'grant', windowMs: 5000, max: 7 },
  { counter: 'calls', scope: 'session', windowMs: 3000, max: 4 },
  { counter: 'spend', scope: 'all', windowMs: 2000, max: 2.4 },
] as const;

const amounts = fc.tuple(
  fc.constantFrom(1, 2, 3, 8),
  fc.constantFrom(1, 2),
  fc.constantFrom(1, 1, 2),
  fc.constantFrom(0.1, 0.4, 0.8, 1.2),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('reserve' as const, 'begin' as const),
      grant: fc.constantFrom('g', 'h'),
      session: fc.constantFrom('s', 't', undefined),
      amounts,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), pick: fc.nat(9), amounts }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(fc.constantFrom(1, 999, 1000, 1001, 2000), fc.nat(3000)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('restart' as const),
      fates: fc.array(fc.constantFrom('ran', 'not run', 'still open'), { minLength: 1, maxLength: 4 }),
    }),
  },
);

/** What one call holds in one counter, from its reservation until it is settled (or for ever). */
interface Held {
  owner: string;
  counter: string;
  amount: number;
  from: number;
  /** From when on it counts for one window; after a restart that may be later than it really ended. */
  settled: number | undefined;
  /** When it really ended. */
  ended: number | undefined;
  begun: boolean;
}

const counterOf = ({ counter, scope }: (typeof TABLE)[number], { grant, session }: Scopes) =>
  scope === 'all'
    ? counter
    : `${counter} of ${grant}${scope === 'session' && session ? ` in ${session}` : ''}`;

const demandsOf = (amounts: number[]): LimitDemand[] =>
  TABLE.map((limit, index) => ({ ...limit, rule: `/limits/${index}`, amount: amounts[index] as number }));

describe('limits, whatever happens in whatever order', () => {
  it('never hold more than max in any window, refuse nothing that fits, and say truly when to retry', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = createTestClock(1_000_000);
        const path = join(directory, `${files++}.db`);
        let database = openDatabase(path);
        let limits = createLimits(database, clock);
        let held: Held[] = [];
        const open = new Map<string, Scopes>();
        let owners = 0;

        /** The same question, asked of the plain list. */
        const fits = (all: Held[], demands: LimitDemand[], scopes: Scopes, now: number) => {
          const wanted = new Map<string, number>();
          for (const [index, { amount }] of demands.entries()) {
            const key = counterOf(TABLE[index] as (typeof TABLE)[number], scopes);
            wanted.set(key, Math.max(wanted.get(key) ?? 0, amount));
          }
          const fit = TABLE.every((limit) => {
            const key = counterOf(limit, scopes);
            const used = all
              .filter((one) => one.counter === key)
              .filter(({ settled }) => settled === undefined || settled > now - limit.windowMs)
              .reduce((sum, { amount }) => sum + amount, 0);
            return used + (wanted.get(key) as number) <= limit.max + 1e-6;
          });
          return { fit, wanted };
        };
        const hold = (owner: string, wanted: Map<string, number>, begun: boolean) => {
          for (const [counter, amount] of wanted) {
            held.push({
              owner,
              counter,
              amount,
              from: clock.now(),
              settled: undefined,
              ended: undefined,
              begun,
            });
          }
        };
        const begins = (owner: string) => held.some((one) => one.owner === owner && one.begun);
        const end = (owner: string, settled: boolean) => {
          open.delete(owner);
          if (settled)
            for (const one of held.filter((each) => each.owner === owner)) {
              one.settled ??= clock.now();
              one.ended ??= clock.now();
            }
          if (!settled) held = held.filter((one) => one.owner !== owner || one.settled !== undefined);
        };

        try {
          for (const todo of steps) {
            const owner = 'pick' in todo ? [...open.keys()][todo.pick % Math.max(1, open.size)] : undefined;
            switch (todo.kind) {
              case 'wait':
                clock.advance(todo.ms);
                break;
              case 'reserve':
              case 'begin': {
                const demands = demandsOf(todo.amounts);
                const expected = fits(held, demands, { server: 'luma', ...todo }, clock.now());
                const name = `call ${owners++}`;
                const reservation = limits[todo.kind](name, demands, { server: 'luma', ...todo });
                expect(reservation.ok).toBe(expected.fit);
                if (reservation.ok) {
                  open.set(name, { server: 'luma', grant: todo.grant, session: todo.session });
                  hold(name, expected.wanted, todo.kind === 'begin');
                } else if (reservation.retryAfterMs !== undefined) {
                  const then = clock.now() + reservation.retryAfterMs;
                  expect(fits(held, demands, { server: 'luma', ...todo }, then).fit).toBe(true);
                  expect(fits(held, demands, { server: 'luma', ...todo }, then - 1).fit).toBe(false);
                } else {
                  // However long nothing happens, it does not fit.
                  expect(fits(held, demands, { server: 'luma', ...todo }, clock.now() + 1e9).fit).toBe(false);
                }
                break;
              }
              case 'settle':
              case 'release':
                if (owner === undefined) break;
                limits[todo.kind](owner);
                end(owner, todo.kind === 'settle');
                break;
              case 'replace': {
                const scopes = owner === undefined ? undefined : open.get(owner);
                // Only what was asked for can be edited.
                if (owner === undefined || scopes === undefined || begins(owner)) break;
                const demands = demandsOf(todo.amounts);
                const without = held.filter((one) => one.owner !== owner);
                const expected = fits(without, demands, scopes, clock.now());
                expect(limits.replace(owner, demands, scopes).ok).toBe(expected.fit);
                if (!expected.fit) break;
                held = without;
                hold(owner, expected.wanted, false);
                break;
              }
              case 'restart': {
                database.close();
                database = openDatabase(path);
                limits = createLimits(database, clock);
                const begun = [...open.keys()].filter(begins);
                for (const one of held) {
                  if (!one.begun || one.settled === undefined) continue;
                  one.settled = Math.min(clock.now(), Math.max(one.settled, one.from + AHEAD));
                  one.begun = false;
                }
                const unfinished = begun.map((name) => ({
                  owner: name,
                  since: held.find((one) => one.owner === name)?.from ?? 0,
                }));
                for (const name of begun) end(name, true);
                for (const one of held) if (begun.includes(one.owner)) one.begun = false;
                const fates = new Map(
                  [...open.keys()].map((name, index) => [name, todo.fates[index % todo.fates.length]]),
                );
                limits.recover((name) => fates.get(name) ?? 'not run', unfinished);
                for (const [name, fate] of fates) if (fate !== 'still open') end(name, fate === 'ran');
              }
            }
          }
          // A call took place at some moment between its reservation and its settling: count it in every
          // window that touches that time, and still no window holds more than max.
          for (const limit of TABLE) {
            for (const { counter } of held) {
              const same = held.filter((one) => one.counter === counter);
              if (!TABLE.some((other) => other === limit && counter.startsWith(limit.counter))) continue;
              if (limit.scope === 'session' ? !/ in /.test(counter) : / in /.test(counter)) continue;
              for (const { from } of same) {
                const sum = same
                  .filter((one) => one.from <= from && (one.ended ?? Infinity) > from - limit.windowMs)
                  .reduce((total, { amount }) => total + amount, 0);
                expect(sum).toBeLessThanOrEqual(limit.max + 1e-6);
              }
            }
          }
        } finally {
          database.close();
          rmSync(path);
        }
      }),
      { numRuns: 150 },
    );
  });
});
