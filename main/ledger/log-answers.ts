import type { DatabaseSync } from 'node:sqlite';
import type { ActivityRow } from '../../shared/contract.ts';
import { cutJson, cutText, fairShare, LARGEST_ANSWER } from '../base/cut.ts';
import { checkWhole } from '../database/check.ts';
import { type ActivityRecord, entryOf } from './activity-row.ts';
import type { Anchor } from './anchor.ts';
import { type ApprovalRecord, approvalOf } from './approvals.ts';
import { createLogDays, createLogSpent, type LogDay } from './log-days.ts';
import { exportHead, exportLine } from './log-export.ts';
import type { RehearsalAsked, Rehearsed } from './log-rehearsal.ts';
import { boundsOf, type LogFilter, search, type Turn } from './log-search.ts';
import { viewOf } from './log-view.ts';
import { type Verified, verifyLog } from './verify.ts';
import { findVideos, type VideosAsked } from './video-search.ts';
import type { VideoRecord } from './videos.ts';
import { aheadAt, readWallClock } from './wall-clock.ts';

/** Where counting the calls that a filter matches stops. */
const MOST_COUNTED = 1000;

/** Rows of one piece of an export. */
const PIECE = 2000;

/** Part of a list, newest first. */
interface LogPage {
  rows: ActivityRow[];
  /** What to give as `before` for the next one; absent where there is none. */
  next?: number;
  /** How many calls match, where that was asked. */
  total?: number;
  /** There are more than `total`. */
  more?: true;
}

/**
 * What is asked of the log and of the lists that grow with it: long work on a connection that only reads, to be done
 * beside the thread that judges calls. What is answered comes to about {@link LARGEST_ANSWER} characters at most:
 * where it would be more, the largest values are cut and `cut` says so. Only one row or one line by itself is whole
 * whatever its size. Each throws what SQLite says when the database, the file `path`, cannot be read.
 */
export function createLogAnswers(sql: DatabaseSync, path: string) {
  const bySeq = sql.prepare('SELECT * FROM activity WHERE seq = ?');
  const byId = sql.prepare('SELECT * FROM activity WHERE id = ?');
  const callsOf = sql.prepare('SELECT count(*) AS calls FROM activity WHERE grant_id = ? AND at >= ?');
  const answeredRows = sql.prepare(
    `SELECT * FROM approvals WHERE state <> 'pending' ORDER BY decided_at DESC, created_at DESC LIMIT ?`,
  );
  const daysOf = createLogDays(sql);
  const spentOn = createLogSpent(sql);

  const isoNow = () => {
    const offsets = readWallClock(sql);
    return (at: number) => new Date(at + aheadAt(offsets, at)).toISOString();
  };

  return {
    /** `count`: how many there are, too. */
    async page(
      asked: { filter: LogFilter; limit: number; before?: number; skip?: number; count: boolean },
      turn: Turn,
    ): Promise<LogPage> {
      const { filter, limit, count } = asked;
      const everything = Object.values(filter).every((value) => value === undefined || value === '');
      let { before, skip = 0 } = asked;
      const { oldest, newest } = boundsOf(sql);
      if (everything) {
        // Rows are numbered without a gap.
        before = (before ?? newest + 1) - skip;
        skip = 0;
      }
      const found: { seq: number; size: number }[] = [];
      const counting = count && !everything;
      let seen = 0;
      await search(sql, filter, before, turn, (row) => {
        seen += 1;
        if (seen > skip && found.length <= limit) found.push(row);
        return found.length <= limit || (counting && seen <= MOST_COUNTED);
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const share = fairShare(
        page.map(({ size }) => size),
        LARGEST_ANSWER,
      );
      const iso = isoNow();
      const rows: ActivityRow[] = [];
      for (const { seq, size } of page) {
        const record = bySeq.get(seq) as ActivityRecord | undefined;
        if (record) rows.push(viewOf(entryOf(record), iso, share));
        if (size > share) await turn();
      }
      const total = everything ? newest - oldest + 1 : Math.min(seen, MOST_COUNTED);
      return {
        rows,
        ...(found.length > limit && last && { next: last.seq }),
        ...(count && { total }),
        ...(counting && seen > MOST_COUNTED && { more: true }),
      };
    },

    /** A part of the log as text, for a file; `next` as of a page. */
    async piece(
      { filter, format, before }: { filter: LogFilter; format: 'csv' | 'jsonl'; before?: number },
      turn: Turn,
    ): Promise<{ content: string; next?: number }> {
      const found: number[] = [];
      let size = 0;
      let next: number | undefined;
      await search(sql, filter, before, turn, (row) => {
        if (found.length > 0 && (size + row.size > LARGEST_ANSWER || found.length === PIECE)) {
          next = found.at(-1);
          return false;
        }
        size += row.size;
        found.push(row.seq);
        return true;
      });
      const iso = isoNow();
      let content = before === undefined ? exportHead(format) : '';
      for (const seq of found) {
        const record = bySeq.get(seq) as ActivityRecord | undefined;
        if (record) content += exportLine(entryOf(record), format, iso);
      }
      return { content, ...(next !== undefined && { next }) };
    },

    /** One row, whole. */
    async row({ id }: { id: string }): Promise<ActivityRow | undefined> {
      const record = byId.get(id) as ActivityRecord | undefined;
      return record && viewOf(entryOf(record), isoNow());
    },

    /** How many rows there are. */
    async count(): Promise<number> {
      const { oldest, newest } = boundsOf(sql);
      return newest - oldest + 1;
    },

    /** Calls of each of `grants` since the instant `since`. */
    async calls({ grants, since }: { grants: string[]; since: number }): Promise<Map<string, number>> {
      return new Map(grants.map((id) => [id, Number(callsOf.get(id, since)?.calls)]));
    },

    /** Calls that ran and their cost by local day, of all or of one client or server, from `since` up to `now`, oldest first. */
    days: (
      {
        since,
        now,
        ...of
      }: { since: number; now: number; client?: string | undefined; server?: string | undefined },
      turn: Turn,
    ): Promise<LogDay[]> => daysOf(since, now, of, turn),

    /** What calls cost on the local day of `now`, by server; looked for from `since` on. */
    spent: ({ since, now }: { since: number; now: number }, turn: Turn) => spentOn(since, now, turn),

    /** Videos in the order of `sort`; `before` is the place of the last one seen. */
    async videos(asked: VideosAsked): Promise<{ videos: (VideoRecord & { cut?: true })[]; more: boolean }> {
      const found = findVideos(sql, { ...asked, limit: asked.limit + 1 });
      const videos = found.slice(0, asked.limit);
      const share = fairShare(videos.map(videoSize), LARGEST_ANSWER);
      return {
        videos: videos.map((video) => (videoSize(video) > share ? cutVideo(video, share) : video)),
        more: found.length > asked.limit,
      };
    },

    /** The approvals that were answered last, newest first. */
    async answered({ limit }: { limit: number }): Promise<(ApprovalRecord & { cut?: true })[]> {
      return cutApprovals((answeredRows.all(limit) as Parameters<typeof approvalOf>[0][]).map(approvalOf));
    },

    /** Recomputes the chain up to `end`. */
    verify(
      { end, anchor }: { end: { link: number; seq: number }; anchor: Anchor },
      turn: Turn,
    ): Promise<Verified> {
      const iso = isoNow();
      return verifyLog(sql, end, anchor, iso, turn);
    },

    /** What a policy would have done with calls of the log. */
    async rehearse(asked: RehearsalAsked, turn: Turn): Promise<Rehearsed> {
      // The policy language takes megabytes, and is here for this alone.
      const { rehearse } = await import('./log-rehearsal.ts');
      return rehearse(sql, asked, isoNow(), turn);
    },

    /** Checks all of the file at one go, so no other question is to wait for it. Throws DamagedError. */
    async whole(): Promise<void> {
      checkWhole(sql, path);
    },
  };
}

/** The largest of `approvals` cut, so that all of them come to no more than {@link LARGEST_ANSWER}. */
export function cutApprovals(approvals: ApprovalRecord[]): (ApprovalRecord & { cut?: true })[] {
  const sizeOf = ({ arguments: args, also, edited }: ApprovalRecord) =>
    [args, also, edited ?? {}].reduce((sum, part) => sum + JSON.stringify(part).length, 2000);
  const sizes = approvals.map(sizeOf);
  const share = fairShare(sizes, LARGEST_ANSWER);
  return approvals.map((approval, at) => {
    if ((sizes[at] ?? 0) <= share) return approval;
    const part = Math.floor(share / 4);
    return {
      ...approval,
      arguments: cutJson(approval.arguments, part),
      also: cutJson(approval.also, part),
      edited: approval.edited && cutJson(approval.edited, part),
      cut: true,
    };
  });
}

function videoSize({ prompt, video_url, thumbnail_url, tool }: VideoRecord): number {
  return [prompt, video_url, thumbnail_url, tool].reduce((sum, text) => sum + (text?.length ?? 0), 600);
}

/** An address is whole or left out: part of one leads elsewhere. */
function cutVideo(video: VideoRecord, most: number): VideoRecord & { cut: true } {
  const part = Math.floor(most / 4);
  const fits = (address: string | null) => (address !== null && address.length <= part ? address : null);
  return {
    ...video,
    prompt: video.prompt && cutText(video.prompt, part),
    tool: cutText(video.tool, part),
    video_url: fits(video.video_url),
    thumbnail_url: fits(video.thumbnail_url),
    cut: true,
  };
}
