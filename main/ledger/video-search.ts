/** Looking through the videos. */
import type { DatabaseSync } from 'node:sqlite';
import type { VideoRecord } from './videos.ts';

/** Which videos are wanted; all of what is given must hold. */
interface VideoFilter {
  /** A grant's id. */
  client?: string | undefined;
  server?: string | undefined;
  /** Is found in the prompt, or the task's or the video's id. */
  text?: string | undefined;
  /** Instants: from `since` on, before `until`. */
  since?: number | undefined;
  until?: number | undefined;
  /** Only those that cost as much, or more. */
  minCost?: number | undefined;
}

export interface VideosAsked {
  filter: VideoFilter;
  /** The newest, or the dearest first; of as dear ones the newest. */
  sort: 'newest' | 'dearest';
  limit: number;
  /** The place of the last one seen. */
  before?: { cost: number; createdAt: number; taskId: string; server: string };
}

/** One of unknown cost is cheaper than one that is free. */
const COST = 'coalesce(cost, -1)';

/** The videos that are asked for, in their order. A video is one row where the log has several: none needs an index of its own. */
export function findVideos(sql: DatabaseSync, { filter, sort, limit, before }: VideosAsked): VideoRecord[] {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const only = (condition: string, ...operands: (string | number | undefined)[]) => {
    if (operands.some((operand) => operand === undefined)) return;
    where.push(condition);
    values.push(...(operands as (string | number)[]));
  };
  only('grant_id = ?', filter.client);
  only('server = ?', filter.server);
  only('created_at >= ?', filter.since);
  only('created_at < ?', filter.until);
  only('cost >= ?', filter.minCost);
  const part = filter.text && `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`;
  only(
    `(prompt LIKE ? ESCAPE '\\' OR task_id LIKE ? ESCAPE '\\' OR video_id LIKE ? ESCAPE '\\')`,
    ...[part, part, part],
  );
  const place = [before?.createdAt, before?.taskId, before?.server];
  if (sort === 'newest') only('(created_at, task_id, server) < (?, ?, ?)', ...place);
  else only(`(${COST}, created_at, task_id, server) < (?, ?, ?, ?)`, before?.cost, ...place);
  return sql
    .prepare(
      `SELECT * FROM videos ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
       ORDER BY ${sort === 'dearest' ? `${COST} DESC, ` : ''}created_at DESC, task_id DESC, server DESC LIMIT ?`,
    )
    .all(...values, limit) as unknown as VideoRecord[];
}
