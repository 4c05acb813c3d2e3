/** Calls and their cost, by the day of the wall clock. */
import type { DatabaseSync } from 'node:sqlite';
import { isClient } from './grants.ts';
import { firstSince, type Turn } from './log-search.ts';
import { serverColumn, serverOfColumn } from './server-column.ts';
import { aheadAt, readWallClock } from './wall-clock.ts';

/** Calls that ran on one local day, and what they cost. */
export interface LogDay {
  day: string;
  calls: number;
  cost: number;
}

/** Whose calls; what is absent: everyone's, every server's. */
interface DaysOf {
  client?: string | undefined;
  server?: string | undefined;
}

/** A day is kept once it is over for this long (ms): an approval of then may still run. */
const SETTLED = 2 * 86_400_000;

/** So many of them are kept: of a hundred clients a month each. */
const MOST_SETTLED = 3_100;

/** Rows added up between two turns. */
const SLICE = 20_000;

/** Sums up the days of the log in `sql`, test calls apart; what is long over is added up once. */
export function createLogDays(sql: DatabaseSync) {
  const sum = sql.prepare(
    `SELECT count(*) AS calls, coalesce(sum(cost), 0) AS cost FROM activity
     WHERE seq >= ? AND seq < ? AND forwarded = 1 AND ${isClient('grant_id')}
       AND (? IS NULL OR grant_id = ?) AND (? = 0 OR server IS ?)`,
  );
  const settled = new Map<string, { calls: number; cost: number }>();

  async function between(
    from: number,
    to: number,
    { client, server }: DaysOf,
    turn: Turn,
  ): Promise<{ calls: number; cost: number }> {
    const all = { calls: 0, cost: 0 };
    for (const [first, end] of slices(sql, from, to)) {
      const part = sum.get(
        first,
        end,
        client ?? null,
        client ?? null,
        server === undefined ? 0 : 1,
        server === undefined ? null : serverColumn(server),
      ) as { calls: number; cost: number };
      all.calls += part.calls;
      all.cost += part.cost;
      await turn();
    }
    return all;
  }

  /**
   * The days from the instant `since` up to `now`, of all or of one client or server, oldest first; days without calls are
   * left out.
   */
  return async (since: number, now: number, of: DaysOf, turn: Turn): Promise<LogDay[]> => {
    const found = new Map<string, LogDay>();
    for (const { day, from, to } of spans(sql, since, now)) {
      const name = `${from} ${to} ${of.client ?? ''} ${of.server ?? ''}`;
      const part = settled.get(name) ?? (await between(from, to, of, turn));
      // The first span begins at another instant each time it is asked for.
      if (to < now - SETTLED && from > since) settled.set(name, part);
      if (settled.size > MOST_SETTLED) settled.clear();
      const known = found.get(day) ?? { day, calls: 0, cost: 0 };
      found.set(day, { day, calls: known.calls + part.calls, cost: known.cost + part.cost });
    }
    return [...found.values()].filter(({ calls }) => calls > 0).sort((a, b) => (a.day < b.day ? -1 : 1));
  };
}

/** Sums up what each server's calls cost, test calls apart, on the local day of `now`. */
export function createLogSpent(sql: DatabaseSync) {
  const sum = sql.prepare(
    `SELECT server, sum(cost) AS cost FROM activity
     WHERE seq >= ? AND seq < ? AND forwarded = 1 AND ${isClient('grant_id')} AND cost > 0 GROUP BY server`,
  );

  /** Looks from the instant `since` on; servers on which nothing was spent are left out. */
  return async (since: number, now: number, turn: Turn): Promise<{ server: string; cost: number }[]> => {
    const all = spans(sql, since, now);
    const today = all.filter(({ day }) => day === all.at(-1)?.day);
    const spent = new Map<string, number>();
    for (const { from, to } of today)
      for (const slice of slices(sql, from, to)) {
        for (const row of sum.all(...slice)) {
          const server = serverOfColumn(row.server);
          spent.set(server, (spent.get(server) ?? 0) + Number(row.cost));
        }
        await turn();
      }
    return [...spent].map(([server, cost]) => ({ server, cost }));
  };
}

/** The numbers of the rows from the instant `from` up to `to`, first and end, in slices. */
function* slices(sql: DatabaseSync, from: number, to: number): Generator<[first: number, end: number]> {
  const end = firstSince(sql, to);
  for (let at = firstSince(sql, from); at < end; at += SLICE) yield [at, Math.min(end, at + SLICE)];
}

/** Spans of instants within which the wall clock went on without being set, and was on one day. */
function spans(sql: DatabaseSync, since: number, now: number): { day: string; from: number; to: number }[] {
  const offsets = readWallClock(sql);
  const found: { day: string; from: number; to: number }[] = [];
  for (let from = since; from <= now; ) {
    const ahead = aheadAt(offsets, from);
    const shown = new Date(from + ahead);
    const midnight = new Date(shown.getFullYear(), shown.getMonth(), shown.getDate() + 1).valueOf() - ahead;
    const set = offsets.find((offset) => offset.since > from)?.since ?? Number.POSITIVE_INFINITY;
    const to = Math.min(midnight, set, now + 1);
    found.push({ day: dayOf(shown), from, to });
    from = to;
  }
  return found;
}

/** The local day as `2026-11-22`. */
function dayOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
