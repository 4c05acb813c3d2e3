import type { Params } from '../../shared/contract.ts';

/** Which videos are shown, and in which order. */
export interface VideoFilter {
  /** A grant's id. */
  client?: string;
  server?: string;
  text?: string;
  /** A local day: `2026-11-22`. */
  day?: string;
  /** Those that cost as much, or more; as it was typed. */
  cost?: string;
  sort?: 'dearest';
}

/** Reads a filter from an address (`day/2026-11-22/sort/dearest`); what is not understood is left out. */
export function readFilter(path: readonly string[]): VideoFilter {
  const named = new Map<string, string>();
  for (let at = 0; at + 1 < path.length; at += 2) named.set(path[at] ?? '', path[at + 1] ?? '');
  const filter: VideoFilter = {};
  for (const name of ['client', 'server', 'text'] as const) {
    const value = named.get(name);
    if (value) filter[name] = value.slice(0, 500);
  }
  const day = named.get('day');
  if (day !== undefined && /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day))) filter.day = day;
  const cost = named.get('cost');
  if (cost !== undefined && leastCost(cost) !== undefined) filter.cost = cost;
  if (named.get('sort') === 'dearest') filter.sort = 'dearest';
  return filter;
}

/** The address that {@link readFilter} reads back. */
export function filterPath(filter: VideoFilter): string[] {
  return Object.entries(filter).flatMap(([name, value]) => (value ? [name, value] : []));
}

/** An amount as it is typed; `undefined` for what is none. */
export function leastCost(typed: string): number | undefined {
  return /^\d{1,7}([.,]\d{1,4})?$/.test(typed.trim()) ? Number(typed.trim().replace(',', '.')) : undefined;
}

/** What to ask Greenlight for. */
export function filterQuery({ client, server, text, day, cost, sort }: VideoFilter): Params<'videos.list'> {
  const least = cost === undefined ? undefined : leastCost(cost);
  return {
    ...(client !== undefined && { client }),
    ...(server !== undefined && { server }),
    ...(text?.trim() && { text: text.trim() }),
    ...(day !== undefined && { since: midnight(day, 0), until: midnight(day, 1) }),
    ...(least !== undefined && { minCost: least }),
    ...(sort !== undefined && { sort }),
  };
}

/** Midnight, local time, `days` after the day `text`, as an ISO time. */
function midnight(text: string, days: number): string {
  const [year = 0, month = 1, date = 1] = text.split('-').map(Number);
  return new Date(year, month - 1, date + days).toISOString();
}
