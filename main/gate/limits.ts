import type { LimitDemand } from '../../shared/policy/types.ts';
import type { Database } from '../database/database.ts';
import type { Clock } from '../ports.ts';

/** Whose counters a call moves. `session` is absent when the client sent no `Mcp-Session-Id`. */
export interface Scopes {
  grant: string;
  session: string | undefined;
}

export type Reservation =
  | { ok: true }
  /** `retryAfterMs` is absent when waiting alone will not help: open calls hold the room, or it can never fit. */
  | { ok: false; demand: LimitDemand; retryAfterMs: number | undefined };

/**
 * Exact sliding windows (policy.md, *Limit*). An amount counts from the moment it is reserved until one
 * window after it is settled, so that no interval of the window's length ever holds more than `max`, not
 * even while calls are open. Counters are durable; what is read often is kept in memory.
 */
export interface Limits {
  /**
   * Reserves every demand for `owner`, or none. Demands of one call that share a counter count once, with
   * the largest amount. Writes to the database: throws StorageError, and then nothing is reserved.
   */
  reserve(owner: string, demands: readonly LimitDemand[], scopes: Scopes): Reservation;
  /** The call was received by the upstream: its amounts count for one window from now. */
  settle(owner: string): void;
  /** The call was not made: its amounts are given back. */
  release(owner: string): void;
  /** Exchanges what `owner` has reserved for other demands, or, when they do not fit, leaves it as it was. */
  replace(owner: string, demands: readonly LimitDemand[], scopes: Scopes): Reservation;
  /** Settles or releases what an earlier process left open. `ran` says whether an owner's call was forwarded. */
  recover(fate: (owner: string) => 'ran' | 'not run' | 'still open'): void;
}

/** Sums of amounts that people write in decimals (0.4 + 0.4 + ...) may be this much off, relative to `max`. */
const ROUNDING = 1e-9;

/** Amounts older than this are out of every window that a policy can name (366 days), and are removed. */
const LONGEST_WINDOW = 366 * 86_400_000;

interface Settled {
  at: number;
  amount: number;
  /** The sum of the amounts up to and including this one, so that a window is summed without walking it. */
  total: number;
}

interface Counter {
  open: Map<string, number>;
  /** Oldest first; goes back at least as far as `reach`. */
  settled: Settled[];
  /** The longest window asked for so far, in milliseconds. Older amounts are in the database only. */
  reach: number;
}

/** The counters of `database`, on `clock`'s time. */
export function createLimits(database: Database, clock: Clock): Limits {
  const { sql } = database;
  const insert = sql.prepare(
    'INSERT INTO quota_events (counter, amount, call_id, reserved_at) VALUES (?, ?, ?, ?)',
  );
  const settleRows = sql.prepare(
    'UPDATE quota_events SET settled_at = ? WHERE call_id = ? AND settled_at IS NULL',
  );
  const deleteRows = sql.prepare('DELETE FROM quota_events WHERE call_id = ? AND settled_at IS NULL');
  const load = sql.prepare(
    'SELECT amount, call_id, settled_at FROM quota_events WHERE counter = ? AND (settled_at IS NULL OR settled_at > ?) ORDER BY settled_at',
  );
  const prune = sql.prepare('DELETE FROM quota_events WHERE settled_at < ?');
  const openRows = sql.prepare('SELECT counter, call_id FROM quota_events WHERE settled_at IS NULL');
  const openOwners = sql.prepare('SELECT DISTINCT call_id FROM quota_events WHERE settled_at IS NULL');

  const counters = new Map<string, Counter>();
  /** Which counters an owner holds a reservation in. */
  const held = new Map<string, string[]>();

  function readAgain(): void {
    counters.clear();
    held.clear();
    for (const { counter, call_id } of openRows.all() as { counter: string; call_id: string }[]) {
      const keys = held.get(call_id);
      if (keys) keys.push(counter);
      else held.set(call_id, [counter]);
    }
  }
  database.onRollback(readAgain);
  readAgain();

  function counterOf(key: string, reach = 0): Counter {
    const known = counters.get(key);
    if (known && known.reach >= reach) return known;
    const counter: Counter = { open: known?.open ?? new Map(), settled: [], reach };
    for (const row of load.iterate(key, clock.now() - reach) as Iterable<{
      amount: number;
      call_id: string;
      settled_at: number | null;
    }>) {
      if (row.settled_at !== null) append(counter.settled, row.settled_at, row.amount);
      else if (!known) counter.open.set(row.call_id, row.amount);
    }
    counters.set(key, counter);
    return counter;
  }

  function check(key: string, demand: LimitDemand): Reservation {
    const { open, settled } = counterOf(key, demand.windowMs);
    const now = clock.now();
    const ceiling = demand.max * (1 + ROUNDING);
    const first = firstAfter(settled, now - demand.windowMs);
    const start = settled[first];
    let used = start ? (settled.at(-1)?.total ?? 0) - start.total + start.amount : 0;
    for (const amount of open.values()) used += amount;
    if (used + demand.amount <= ceiling) return { ok: true };
    // Walk forward through the amounts that leave the window until enough room is free.
    for (const event of settled.slice(first)) {
      used -= event.amount;
      if (used + demand.amount <= ceiling) {
        return { ok: false, demand, retryAfterMs: event.at + demand.windowMs - now };
      }
    }
    return { ok: false, demand, retryAfterMs: undefined };
  }

  function reserve(owner: string, demands: readonly LimitDemand[], scopes: Scopes): Reservation {
    if (demands.length === 0) return { ok: true };
    const amounts = new Map<string, number>();
    for (const demand of demands) {
      const key = counterKey(demand, scopes);
      amounts.set(key, Math.max(amounts.get(key) ?? 0, demand.amount));
    }
    for (const demand of demands) {
      const key = counterKey(demand, scopes);
      const reservation = check(key, { ...demand, amount: amounts.get(key) ?? demand.amount });
      if (!reservation.ok) return { ...reservation, demand };
    }
    database.transaction(() => {
      for (const [key, amount] of amounts) hold(owner, key, amount);
    });
    return { ok: true };
  }

  function hold(owner: string, key: string, amount: number): void {
    insert.run(key, amount, owner, clock.now());
    counterOf(key).open.set(owner, amount);
    const keys = held.get(owner);
    if (keys) keys.push(key);
    else held.set(owner, [key]);
  }

  function take(owner: string): { key: string; amount: number }[] {
    const taken: { key: string; amount: number }[] = [];
    for (const key of held.get(owner) ?? []) {
      const { open } = counterOf(key);
      const amount = open.get(owner);
      if (amount !== undefined) taken.push({ key, amount });
      open.delete(owner);
    }
    held.delete(owner);
    return taken;
  }

  function release(owner: string): void {
    if (!held.has(owner)) return;
    deleteRows.run(owner);
    take(owner);
  }

  return {
    reserve,
    release,
    settle(owner) {
      if (!held.has(owner)) return;
      const now = clock.now();
      settleRows.run(now, owner);
      for (const { key, amount } of take(owner)) {
        const counter = counterOf(key);
        append(counter.settled, now, amount);
        const outdated = firstAfter(counter.settled, now - counter.reach);
        if (outdated > 256) counter.settled.splice(0, outdated);
      }
    },
    replace(owner, demands, scopes) {
      // What is held must not count against its own replacement.
      const before = take(owner);
      return database.transaction(() => {
        deleteRows.run(owner);
        const reservation = reserve(owner, demands, scopes);
        if (!reservation.ok && before.length > 0) {
          for (const { key, amount } of before) hold(owner, key, amount);
        }
        return reservation;
      });
    },
    recover(fate) {
      database.transaction(() => {
        prune.run(clock.now() - LONGEST_WINDOW);
        for (const { call_id } of openOwners.all() as { call_id: string }[]) {
          switch (fate(call_id)) {
            case 'ran':
              settleRows.run(clock.now(), call_id);
              break;
            case 'not run':
              deleteRows.run(call_id);
              break;
            case 'still open':
              break;
          }
        }
      });
      readAgain();
    },
  };
}

/** One text per counter. A list in JSON, because session ids are the client's and may hold any separator. */
function counterKey(demand: LimitDemand, scopes: Scopes): string {
  switch (demand.scope) {
    case 'all':
      return JSON.stringify(['all', demand.counter]);
    case 'grant':
      return JSON.stringify(['grant', scopes.grant, demand.counter]);
    case 'session':
      return scopes.session === undefined
        ? JSON.stringify(['grant', scopes.grant, demand.counter])
        : JSON.stringify(['session', scopes.grant, scopes.session, demand.counter]);
  }
}

/** Adds an amount, in order even when the machine's clock was set back in between. */
function append(settled: Settled[], at: number, amount: number): void {
  const last = settled.at(-1);
  if (!last || last.at <= at) {
    settled.push({ at, amount, total: (last?.total ?? 0) + amount });
    return;
  }
  settled.splice(firstAfter(settled, at), 0, { at, amount, total: 0 });
  let total = 0;
  for (const event of settled) {
    total += event.amount;
    event.total = total;
  }
}

/** The index of the first event later than `time`. */
function firstAfter(events: readonly Settled[], time: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.at ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
