import type { ParsedParams } from '../../shared/contract.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { LogFilter } from '../ledger/log-search.ts';
import type { VideosAsked } from '../ledger/video-search.ts';
import type { ApiParts, Handlers } from './parts.ts';

/** Rows of one page, where none is asked for. */
const PAGE = 50;

/** How far back the chart of calls and cost goes (ms). */
const CHART = 30 * 86_400_000;

export function activityHandlers({
  core,
  views,
}: ApiParts): Pick<
  Handlers,
  | 'activity.query'
  | 'activity.get'
  | 'activity.export'
  | 'activity.verify'
  | 'activity.kept'
  | 'videos.list'
  | 'servers.spent'
> {
  const { activity, retention, grants, clock, log } = core;

  /** `asked` with instants in place of the wall clock's times. */
  function filterOf(asked: Partial<ParsedParams<'activity.query'>>): LogFilter {
    const { client, server, tool, outcome, task, watched } = asked;
    // Also where neither is given: that the clock was set is noted before the log is read by what is noted of it.
    const at = (time: string) => clock.fromWall(Date.parse(time));
    clock.toWall(clock.now());
    return {
      client,
      server,
      tool,
      outcome,
      task,
      watched,
      text: asked.text?.trim() || undefined,
      since: asked.since === undefined ? undefined : at(asked.since),
      until: asked.until === undefined ? undefined : at(asked.until),
    };
  }

  return {
    async 'activity.query'({ limit = PAGE, before, skip, ...filter }, signal) {
      const page = {
        filter: filterOf(filter),
        limit,
        count: before === undefined,
        ...(before !== undefined && { before: rowCursor(before) }),
        ...(skip !== undefined && { skip }),
      };
      const { next, ...found } = await log.ask('page', page, signal);
      return { ...found, ...(next !== undefined && { next: String(next) }) };
    },
    async 'activity.get'({ id }, signal) {
      const row = await log.ask('row', { id }, signal);
      if (!row) throw new UserFacingError('not_found', 'The log has no such call.');
      return row;
    },
    async 'activity.export'({ format, before, ...filter }, signal) {
      const from = before === undefined ? {} : { before: rowCursor(before) };
      const { content, next } = await log.ask('piece', { filter: filterOf(filter), format, ...from }, signal);
      return {
        filename: `greenlight-activity-${views.iso(clock.now()).slice(0, 10)}.${format}`,
        content,
        ...(next !== undefined && { next: String(next) }),
      };
    },
    async 'activity.verify'(_none, signal) {
      const { from, ...verified } = await activity.verify(signal);
      return { ...verified, ...(from !== undefined && { from: views.iso(from) }) };
    },
    'activity.kept'() {
      const { bytes, from } = retention.used();
      return { bytes, ...(from !== undefined && { from: views.iso(from) }) };
    },
    async 'videos.list'(
      { limit = PAGE, before, client, server, minCost, sort = 'newest', ...asked },
      signal,
    ) {
      const now = clock.now();
      clock.toWall(now);
      const { text, since, until } = filterOf(asked);
      const from = before === undefined ? {} : { before: videoCursor(before) };
      const [{ videos, more }, days] = await Promise.all([
        log.ask(
          'videos',
          { filter: { client, server, text, since, until, minCost }, sort, limit, ...from },
          signal,
        ),
        log.ask('days', { since: now - CHART, now, client, server }, signal),
      ]);
      const last = videos.at(-1);
      return {
        videos: videos.map((row) => views.video(row, grants.labelOf(row.grant_id))),
        ...(more && last && { next: `${last.cost ?? -1} ${last.created_at} ${last.server} ${last.task_id}` }),
        days,
      };
    },
    async 'servers.spent'(_none, signal) {
      const now = clock.now();
      clock.toWall(now);
      return { spent: await log.ask('spent', { since: now - CHART, now }, signal) };
    },
  };
}

/** The place that an earlier page named in `next`. */
function rowCursor(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw unknownPlace();
  return Number(cursor);
}

function videoCursor(cursor: string): NonNullable<VideosAsked['before']> {
  const place = /^(?<cost>\S{1,30}) (?<time>\d{1,15}) (?<server>\S+) (?<taskId>.+)$/s.exec(cursor)?.groups;
  const cost = Number(place?.cost);
  const { time, server, taskId } = place ?? {};
  if (time === undefined || server === undefined || taskId === undefined || !Number.isFinite(cost))
    throw unknownPlace();
  return { cost, createdAt: Number(time), server, taskId };
}

function unknownPlace(): UserFacingError {
  return new UserFacingError(
    'invalid',
    'before: no place in the list. Use the "next" of an earlier answer as it is.',
  );
}
