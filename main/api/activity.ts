import { UserFacingError } from '../../shared/user-facing-error.ts';
import { exportText } from './export.ts';
import type { ApiParts, Handlers } from './parts.ts';

/** Rows of one page, where none is asked for. */
const PAGE = 50;

/** Rows of one piece of an export. */
const PIECE = 2000;

/** How far back the chart of calls and cost goes (ms). */
const CHART = 30 * 86_400_000;

export function activityHandlers({
  core,
  log,
  views,
}: ApiParts): Pick<
  Handlers,
  'activity.query' | 'activity.export' | 'activity.verify' | 'activity.kept' | 'videos.list'
> {
  const { activity, retention, videos, grants, clock } = core;
  return {
    'activity.query'({ limit = PAGE, before, skip, ...filter }) {
      const page = { limit, before: before === undefined ? undefined : rowCursor(before), skip };
      const { entries, next } = log.query(filter, page);
      return {
        rows: entries.map(views.activity),
        ...(next !== undefined && { next: String(next) }),
        ...(before === undefined && { total: log.count(filter) }),
      };
    },
    'activity.export'({ format, before, ...filter }) {
      const page = { limit: PIECE, before: before === undefined ? undefined : rowCursor(before) };
      const { entries, next } = log.query(filter, page);
      return {
        filename: `greenlight-activity-${views.iso(clock.now()).slice(0, 10)}.${format}`,
        content: exportText(views, entries, format, before === undefined),
        ...(next !== undefined && { next: String(next) }),
      };
    },
    async 'activity.verify'() {
      const { from, ...verified } = await activity.verify();
      return { ...verified, ...(from !== undefined && { from: views.iso(from) }) };
    },
    'activity.kept'() {
      const { bytes, from } = retention.used();
      return { bytes, ...(from !== undefined && { from: views.iso(from) }) };
    },
    'videos.list'({ limit = PAGE, before }) {
      const rows = videos.list(limit + 1, before === undefined ? undefined : videoCursor(before));
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        videos: page.map((row) => views.video(row, grants.labelOf(row.grant_id))),
        ...(rows.length > limit && last && { next: `${last.created_at} ${last.task_id}` }),
        days: log.days(clock.now() - CHART),
      };
    },
  };
}

/** The place that an earlier page named in `next`. */
function rowCursor(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw unknownPlace();
  return Number(cursor);
}

function videoCursor(cursor: string): { createdAt: number; taskId: string } {
  const { time, taskId } = /^(?<time>\d{1,15}) (?<taskId>.+)$/s.exec(cursor)?.groups ?? {};
  if (time === undefined || taskId === undefined) throw unknownPlace();
  return { createdAt: Number(time), taskId };
}

function unknownPlace(): UserFacingError {
  return new UserFacingError(
    'invalid',
    'before: no place in the list. Use the "next" of an earlier answer as it is.',
  );
}
