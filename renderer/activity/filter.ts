import {
  type ActivityRow,
  type Outcome,
  outcome as outcomes,
  type Params,
  type Would,
  would as woulds,
} from '../../shared/contract.ts';

/** Which part of the log is shown. */
export interface LogFilter {
  /** A grant's id. */
  client?: string;
  server?: string;
  tool?: string;
  outcome?: Outcome;
  /** What the watched policy would have done. */
  watched?: Would;
  text?: string;
  /** The upstream's id of a video's task. */
  task?: string;
  time?: TimeSpan;
}

/** Up to now, or whole local days (`2026-11-22`), each end included. */
export type TimeSpan = { last: LastSpan } | { from?: string; to?: string };

/** The spans that end now, and how long each is (ms). */
export const LAST_SPANS = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
} as const;
export type LastSpan = keyof typeof LAST_SPANS;

/** What a filter asks of `activity.query`. */
export type LogQuery = Pick<
  Params<'activity.query'>,
  'client' | 'server' | 'tool' | 'outcome' | 'watched' | 'text' | 'task' | 'since' | 'until'
>;

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Reads a filter from an address (`outcome/denied/last/hour`); what is not understood is left out. */
export function readFilter(path: readonly string[]): LogFilter {
  const named = new Map<string, string>();
  for (let at = 0; at + 1 < path.length; at += 2) named.set(path[at] ?? '', path[at + 1] ?? '');
  const filter: LogFilter = {};
  for (const name of ['client', 'server', 'tool', 'text', 'task'] as const) {
    const value = named.get(name);
    if (value) filter[name] = value.slice(0, 500);
  }
  const outcome = outcomes.safeParse(named.get('outcome'));
  if (outcome.success) filter.outcome = outcome.data;
  const watched = woulds.safeParse(named.get('watched'));
  if (watched.success) filter.watched = watched.data;
  const last = named.get('last');
  const [from, to] = [day(named.get('from')), day(named.get('to'))];
  if (last !== undefined && Object.hasOwn(LAST_SPANS, last)) filter.time = { last: last as LastSpan };
  else if (from !== undefined || to !== undefined)
    filter.time = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  return filter;
}

/** The id of the one call that an address names (`call/…`), to be opened; undefined where it names none. */
export function namedCall(path: readonly string[]): string | undefined {
  return path[0] === 'call' ? path[1] : undefined;
}

/** The address that {@link readFilter} reads back. */
export function filterPath({ time, ...rest }: LogFilter): string[] {
  return Object.entries({ ...rest, ...time }).flatMap(([name, value]) => (value ? [name, value] : []));
}

/** What to ask Greenlight for at `now` (milliseconds since the epoch). */
export function filterQuery({ time, text, ...rest }: LogFilter, now: number): LogQuery {
  const query: LogQuery = { ...rest };
  if (text !== undefined && text.trim() !== '') query.text = text.trim();
  if (time === undefined) return query;
  if ('last' in time) return { ...query, since: new Date(now - LAST_SPANS[time.last]).toISOString() };
  if (time.from !== undefined) query.since = midnight(time.from, 0);
  if (time.to !== undefined) query.until = midnight(time.to, 1);
  return query;
}

/** Whether a row that has just come in belongs to what `query` shows. */
export function matches(row: ActivityRow, query: LogQuery): boolean {
  if (query.client !== undefined && row.client.id !== query.client) return false;
  if (query.server !== undefined && row.server !== query.server) return false;
  if (query.tool !== undefined && row.tool !== query.tool) return false;
  if (query.outcome !== undefined && row.outcome !== query.outcome) return false;
  if (query.watched !== undefined && row.watched?.would !== query.watched) return false;
  if (query.since !== undefined && row.at < query.since) return false;
  if (query.until !== undefined && row.at >= query.until) return false;
  if (
    query.task !== undefined &&
    row.taskId !== query.task &&
    !JSON.stringify(row.arguments).includes(JSON.stringify(query.task))
  )
    return false;
  if (query.text === undefined) return true;
  const wanted = query.text.toLowerCase();
  const { tool, client, message, rule, taskId } = row;
  return [tool, JSON.stringify(row.arguments), client.label, client.name, message, rule, taskId].some(
    (text) => text?.toLowerCase().includes(wanted),
  );
}

/** Midnight, local time, `days` after the day `text`, as an ISO time. */
function midnight(text: string, days: number): string {
  const [year = 0, month = 1, date = 1] = text.split('-').map(Number);
  return new Date(year, month - 1, date + days).toISOString();
}

function day(text: string | undefined): string | undefined {
  return text !== undefined && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}
