import type { LimitDemand } from '../../shared/policy/types.ts';
import type { Clock } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import { sealedInsert } from '../database/seal.ts';
import {
  type Amounts,
  append,
  firstAfter,
  firstWhere,
  forget,
  grouped,
  mergeOld,
  noAmounts,
  type Settled,
  sumAfter,
  sumFrom,
  sumOf,
} from './amounts.ts';
import {
  amountsOf,
  type Counted,
  ceilingOf,
  countedBy,
  counterKey,
  hasRoom,
  type Scopes,
  type Spent,
  spentAt,
} from './counters.ts';

export type Reservation =
  | { ok: true }
  /** `retryAfterMs` is absent when waiting alone will not help: open calls hold the room, or it can never fit. */
  | { ok: false; demand: LimitDemand; used: number; retryAfterMs: number | undefined };

/**
 * Exact sliding windows (policy.md, *Limit*). An amount counts from the moment it is reserved until one
 * window after it is settled, so that no interval of the window's length ever holds more than `max`, not
 * even while calls are open. Counters are durable; what is read often is kept in memory.
 */
export interface Limits {
  /**
   * Reserves every demand for `owner`, or none; for a question: what is reached, and asks then, holds nothing back, for
   * it is the person who answers. Demands of one call that share a counter count once, with
   * the largest amount. Writes to the database: throws StorageError, and then nothing is reserved.
   */
  reserve(owner: string, demands: readonly LimitDemand[], scopes: Scopes): Reservation;
  /** Likewise, for a call that runs at once, by no answer, so that every limit holds: it is written as what counts from the beginning, which seldom changes. */
  begin(owner: string, demands: readonly LimitDemand[], scopes: Scopes): Reservation;
  /** Whether one of `demands` that asks when it is reached is past its maximum, with all that is held. */
  isPast(demands: readonly LimitDemand[], scopes: Scopes): boolean;
  /**
   * The call was received by the upstream, and ended at `at` (ms; now): its amounts count for one window from then, and in
   * the place of what was reserved of its cost what was `spent`, where its answer said it.
   */
  settle(owner: string, at?: number, spent?: Spent): void;
  /** The call was not made: its amounts are given back. */
  release(owner: string): void;
  /** Exchanges what `owner` has reserved for other demands, or, when they do not fit, leaves it as it was. */
  replace(owner: string, demands: readonly LimitDemand[], scopes: Scopes): Reservation;
  /** Every counter that counts or holds something. */
  counters(): Counted[];
  /** The counter of everyone together that is called `counter`, whether or not it counts anything yet. */
  ofAll(counter: string, scope: 'all' | 'everywhere', server: string): Counted;
  /** What counts by the counter `key` in the last `windowMs`, and when the first of it leaves the window. */
  usedBy(key: string, windowMs: number): { settled: number; held: number; freesAt: number | undefined };
  /** The person sets a counter back: what has run counts no more, what is open still does. */
  reset(key: string): void;
  /**
   * Lets go of what counts no more, and of counters that nothing holds (they are read again when they are asked), and
   * merges amounts as they age, a few at a time. Returns whether there is more to do.
   */
  prune(): boolean;
  /**
   * Settles or releases what an earlier process left open: `fate` says what became of what was reserved, `begun` which
   * calls had begun since when (ms) and have no end.
   */
  recover(
    fate: (owner: string) => 'ran' | 'not run' | 'still open',
    begun: Iterable<{ owner: string; since: number }>,
  ): void;
}

/**
 * How far ahead (ms) an amount is dated that is written as its call begins: where the call takes no longer, the end
 * writes nothing. Read again, after a restart, it may count that much longer; never shorter.
 */
const AHEAD = 1_000;

/** Amounts older than this are out of every window that a policy can name (366 days), and are removed. */
const LONGEST_WINDOW = 366 * 86_400_000;

/** How old (ms) amounts are when they are merged in the database. */
const MERGE_AFTER = 3_600_000;

/** Amounts that are looked at, or removed, in one turn of the event loop. */
const SLICE = 500;

interface Counter extends Amounts {
  open: Map<string, number>;
  /** The longest window asked for so far, in milliseconds. Older amounts are in the database only. */
  reach: number;
}

/**
 * What an owner holds in one counter. `id` is its reservation in the database; without one the call has begun, and it
 * is there as what counts, dated `dated`.
 */
interface Hold {
  id?: number | bigint;
  dated?: number;
  key: string;
  amount: number;
}

/** The counters of `database`, on `clock`'s time. */
export function createLimits(database: Database, clock: Clock): Limits {
  const { sql } = database;
  const insertHold = sql.prepare(
    'INSERT INTO reservations (counter, amount, owner, reserved_at) VALUES (?, ?, ?, ?)',
  );
  const deleteHold = sql.prepare('DELETE FROM reservations WHERE id = ?');
  const holds = sql.prepare('SELECT id, counter AS key, amount, owner FROM reservations');
  const insertSettled = sql.prepare(sealedInsert('quota_events'));
  const deleteSettled = sql.prepare(
    'DELETE FROM quota_events WHERE counter = ? AND settled_at = ? AND owner = ?',
  );
  const redate = sql.prepare(
    'UPDATE quota_events SET settled_at = ? WHERE counter = ? AND settled_at >= ? AND owner = ?',
  );
  const settledSince = sql.prepare(
    'SELECT settled_at, owner, amount FROM quota_events WHERE counter = ? AND settled_at > ? ORDER BY settled_at',
  );
  const nextKey = sql.prepare('SELECT counter FROM quota_events WHERE counter > ? ORDER BY counter LIMIT 1');
  const forgetSettled = sql.prepare('DELETE FROM quota_events WHERE counter = ?');
  const pruneSettled = sql.prepare(`
    DELETE FROM quota_events WHERE (counter, settled_at, owner) IN
      (SELECT counter, settled_at, owner FROM quota_events WHERE counter = ? AND settled_at < ? LIMIT ${SLICE})
  `);
  const between = sql.prepare(
    `SELECT settled_at AS at, owner, amount FROM quota_events WHERE counter = ? AND settled_at > ? AND settled_at < ?
     ORDER BY settled_at LIMIT ${SLICE}`,
  );
  const setAmount = sql.prepare(
    'UPDATE quota_events SET amount = ? WHERE counter = ? AND settled_at = ? AND owner = ?',
  );
  const bringBack = sql.prepare(
    'UPDATE quota_events SET settled_at = ? WHERE counter = ? AND settled_at > ?',
  );

  const counters = new Map<string, Counter>();
  const held = new Map<string, Hold[]>();
  /** Calls that have begun and have not ended, as it is committed. The database does not tell them from others. */
  const begun = new Map<string, Hold[]>();

  function readAgain(): void {
    counters.clear();
    held.clear();
    for (const { owner, ...hold } of holds.all() as unknown as (Hold & { owner: string })[]) {
      remember(owner, hold);
    }
    for (const [owner, holds] of begun) for (const hold of holds) remember(owner, hold);
  }
  database.onRollback(readAgain);
  readAgain();

  function remember(owner: string, hold: Hold): void {
    counterOf(hold.key).open.set(owner, hold.amount);
    const others = held.get(owner);
    if (others) others.push(hold);
    else held.set(owner, [hold]);
  }

  function counterOf(key: string): Counter {
    let counter = counters.get(key);
    if (!counter) {
      counter = { open: new Map(), reach: 0, ...noAmounts() };
      counters.set(key, counter);
    }
    return counter;
  }

  /** The counter with all that a window of this length can see. */
  function counterFor(key: string, windowMs: number): Counter {
    const counter = counterOf(key);
    if (counter.reach >= windowMs) return counter;
    counter.settled = [];
    counter.reach = windowMs;
    const now = clock.now();
    for (const row of settledSince.iterate(key, now - windowMs)) {
      if (counter.open.has(String(row.owner))) continue;
      // What is dated in the future counts as now: a wait is never longer than the window.
      append(counter.settled, Math.min(now, Number(row.settled_at)), Number(row.amount));
    }
    mergeOld(counter, now);
    return counter;
  }

  /** Every counter by which something counts: each found by the one before it, however much each counts. */
  function* countedKeys(): Generator<string> {
    for (let key: unknown = ''; ; ) {
      key = nextKey.get(String(key))?.counter;
      if (key === undefined) return;
      yield String(key);
    }
  }

  /** What {@link Limits.prune} does next. */
  let merging: { keys: string[]; after: number } | undefined;

  /** Removes and merges the next amounts of a counter later than `after`; where it goes on, or `undefined`. */
  function pruneKey(key: string, after: number, now: number): number | undefined {
    if (Number(pruneSettled.run(key, now - LONGEST_WINDOW).changes) > 0) return after;
    const rows = between.all(key, after, now - MERGE_AFTER) as unknown as (Settled & { owner: string })[];
    const groups = grouped(
      rows.filter(({ owner }) => !begun.has(owner)),
      now,
    );
    const whole = rows.length < SLICE || groups.length < 2;
    for (const group of whole ? groups : groups.slice(0, -1)) {
      const last = group.pop();
      if (!last || group.length === 0) continue;
      for (const { at, owner } of group) deleteSettled.run(key, at, owner);
      setAmount.run(sumOf([...group, last]), key, last.at, last.owner);
    }
    if (rows.length < SLICE) return undefined;
    // The last group may go on.
    return whole ? rows.at(-1)?.at : (groups.at(-1)?.[0]?.at ?? 0) - 1;
  }

  /** How long until `amount` fits under the demand's max: 0 when it does; undefined: waiting will not help. */
  function waitFor(key: string, { windowMs, max }: LimitDemand, amount: number): number | undefined {
    const { open, settled } = counterFor(key, windowMs);
    const now = clock.now();
    const first = firstAfter(settled, now - windowMs);
    const held = heldIn(open);
    if (hasRoom(held + sumFrom(settled, first), amount, max)) return 0;
    // The first amount that makes enough room as it leaves the window, with all before it.
    const index = firstWhere(settled, first, (event) =>
      hasRoom(held + sumAfter(settled, event), amount, max),
    );
    const event = settled[index];
    return event && event.at + windowMs - now;
  }

  function usedBy(key: string, windowMs: number): ReturnType<Limits['usedBy']> {
    const { open, settled } = counterFor(key, windowMs);
    const first = firstAfter(settled, clock.now() - windowMs);
    const start = settled[first];
    return {
      settled: sumFrom(settled, first),
      held: heldIn(open),
      freesAt: start && start.at + windowMs,
    };
  }

  function reserve(
    owner: string,
    demands: readonly LimitDemand[],
    scopes: Scopes,
    { take, asked }: { take: (owner: string, key: string, amount: number) => void; asked: boolean } = {
      take: hold,
      asked: true,
    },
  ): Reservation {
    if (demands.length === 0) return { ok: true };
    const amounts = amountsOf(demands, scopes);
    // The first that does not fit is the reason; the agent must wait for the one that takes longest.
    let reason: LimitDemand | undefined;
    let retryAfterMs: number | undefined = 0;
    for (const demand of demands) {
      if (asked && demand.whenReached === 'ask') continue;
      const key = counterKey(demand, scopes);
      const amount = amounts.get(key) ?? demand.amount;
      const wait = waitFor(key, demand, amount);
      if (wait === 0) continue;
      reason ??= { ...demand, amount };
      retryAfterMs =
        wait === undefined || retryAfterMs === undefined ? undefined : Math.max(retryAfterMs, wait);
    }
    if (reason) {
      const { settled, held } = usedBy(counterKey(reason, scopes), reason.windowMs);
      return { ok: false, demand: reason, used: settled + held, retryAfterMs };
    }
    database.transaction(() => {
      for (const [key, amount] of amounts) take(owner, key, amount);
    });
    return { ok: true };
  }

  /** Inside a transaction. */
  function hold(owner: string, key: string, amount: number): void {
    const { lastInsertRowid } = insertHold.run(key, amount, owner, clock.now());
    remember(owner, { id: lastInsertRowid, key, amount });
  }

  /** Inside a transaction. */
  function holdAsSettled(owner: string, key: string, amount: number): void {
    const dated = clock.now() + AHEAD;
    insertSettled.run(key, dated, owner, amount);
    remember(owner, { dated, key, amount });
  }

  /** Takes away what `owner` holds, in memory. Inside a transaction. */
  function take(owner: string): Hold[] {
    const taken = held.get(owner) ?? [];
    for (const { key } of taken) counterOf(key).open.delete(owner);
    held.delete(owner);
    if (taken.some(({ dated }) => dated !== undefined)) database.afterCommit(() => begun.delete(owner));
    return taken;
  }

  function settle(owner: string, at = clock.now(), spent?: Spent): void {
    if (!held.has(owner)) return;
    database.transaction(() => {
      for (const { id, dated, key, amount: reserved } of take(owner)) {
        const amount = spentAt(key, reserved, spent);
        if (id !== undefined) {
          deleteHold.run(id);
          insertSettled.run(key, at, owner, amount);
        } else if (dated !== undefined) {
          if (dated < at) redate.run(at, key, dated, owner);
          if (amount !== reserved) setAmount.run(amount, key, Math.max(dated, at), owner);
        }
        const counter = counterOf(key);
        append(counter.settled, at, amount);
        forget(counter, clock.now() - counter.reach);
        mergeOld(counter, clock.now());
      }
    });
  }

  /** Inside a transaction. */
  function giveBack(owner: string): Hold[] {
    const taken = take(owner);
    for (const { id, dated, key } of taken) {
      if (id !== undefined) deleteHold.run(id);
      else if (dated !== undefined) deleteSettled.run(key, dated, owner);
    }
    return taken;
  }

  function release(owner: string): void {
    if (held.has(owner)) database.transaction(() => giveBack(owner));
  }

  return {
    counters() {
      const keys = new Set([...counters].filter(([, { open }]) => open.size > 0).map(([key]) => key));
      for (const key of countedKeys()) keys.add(key);
      return [...keys].sort().map(countedBy);
    },
    ofAll: (counter, scope, server) =>
      countedBy(counterKey({ counter, scope }, { server, grant: '', session: undefined })),
    usedBy,
    isPast: (demands, scopes) =>
      demands.some((demand) => {
        if (demand.whenReached !== 'ask') return false;
        const { settled, held } = usedBy(counterKey(demand, scopes), demand.windowMs);
        // With what this call holds itself.
        return demand.amount === 0
          ? !hasRoom(settled + held, 0, demand.max)
          : settled + held > ceilingOf(demand.max);
      }),
    reset(key) {
      const counter = counterOf(key);
      database.transaction(() => {
        forgetSettled.run(key);
        for (const [owner, holds] of begun) {
          for (const { dated, amount } of holds.filter((hold) => hold.key === key))
            insertSettled.run(key, dated ?? clock.now(), owner, amount);
        }
      });
      counter.settled = [];
    },
    reserve: (owner, demands, scopes) => reserve(owner, demands, scopes),
    begin(owner, demands, scopes) {
      const reservation = reserve(owner, demands, scopes, { take: holdAsSettled, asked: false });
      const holds = held.get(owner);
      if (holds) database.afterCommit(() => begun.set(owner, holds));
      return reservation;
    },
    release,
    settle,
    replace(owner, demands, scopes) {
      return database.transaction(() => {
        // What is held must not count against its own replacement.
        const before = giveBack(owner);
        const reservation = reserve(owner, demands, scopes);
        if (!reservation.ok) {
          for (const { key, amount } of before) hold(owner, key, amount);
        }
        return reservation;
      });
    },
    prune() {
      const now = clock.now();
      merging ??= { keys: [...countedKeys()], after: Number.NEGATIVE_INFINITY };
      const [key] = merging.keys;
      if (key !== undefined) {
        const { after } = merging;
        const next = database.transaction(() => pruneKey(key, after, now), { flush: false });
        if (next === undefined) merging.keys.shift();
        merging.after = next ?? Number.NEGATIVE_INFINITY;
        return true;
      }
      merging = undefined;
      for (const [key, { open }] of counters) if (open.size === 0) counters.delete(key);
      return false;
    },
    recover(fate, unfinished) {
      database.transaction(() => {
        const now = clock.now();
        const keys = [...countedKeys()];
        for (const key of keys) bringBack.run(now, key, now);
        for (const { owner, since } of unfinished) for (const key of keys) redate.run(now, key, since, owner);
        readAgain();
        for (const owner of [...held.keys()]) {
          const came = fate(owner);
          if (came === 'ran') settle(owner);
          else if (came === 'not run') release(owner);
        }
      });
    },
  };
}

function heldIn(open: ReadonlyMap<string, number>): number {
  return [...open.values()].reduce((total, amount) => total + amount, 0);
}
