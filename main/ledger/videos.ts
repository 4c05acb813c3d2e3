import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { lumaTool } from '../../shared/luma.ts';
import { createListeners } from '../base/listeners.ts';
import type { Logger } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { AskedCall } from './activity-row.ts';

/** One video that was asked for. Times in milliseconds. */
export interface VideoRecord {
  server: string;
  task_id: string;
  video_id: string | null;
  state: 'pending' | 'completed' | 'failed';
  prompt: string | null;
  tool: string;
  grant_id: string;
  activity_id: string;
  approval_id: string | null;
  created_at: number;
  video_url: string | null;
  thumbnail_url: string | null;
  cost: number | null;
}

/** The videos that were made, as the answers tell: which client, which call, which approval. */
export interface Videos {
  /**
   * Reads a tool's answer: a submission becomes a video, a later look at the task completes it. Returns the
   * task id of a submission. What is not recognised is passed over; the answer is the agent's all the same.
   * Writes; throws StorageError.
   */
  note(
    call: { asked: AskedCall; owner: string; arguments: JsonObject; cost?: number | undefined },
    result: JsonObject,
  ): string | undefined;
  /** Calls `listener` once a change is written, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/** Answers larger than this are not looked into: a task is a few hundred bytes (50 of them, at most). */
const LARGEST_ANSWER = 1024 * 1024;

/** What an answer says of one task (luma.md). */
interface TaskNews {
  taskId: string;
  state: VideoRecord['state'] | undefined;
  videoId: string | undefined;
  videoUrl: string | undefined;
  thumbnailUrl: string | undefined;
}

/** The videos in `database`. Of the arguments, only what `kept` leaves is kept. */
export function createVideos(parts: {
  database: Database;
  logger: Logger;
  kept: (args: JsonObject) => JsonObject;
}): Videos {
  const { database, kept } = parts;
  const { sql } = database;
  const insert = sql.prepare(
    `INSERT OR IGNORE INTO videos (server, task_id, state, prompt, tool, grant_id, activity_id, approval_id, created_at, cost)
     VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?, coalesce(?, (SELECT cost FROM activity WHERE id = ?)))`,
  );
  const update = sql.prepare(
    `UPDATE videos SET state = coalesce(?, state), video_id = coalesce(?, video_id),
       video_url = coalesce(?, video_url), thumbnail_url = coalesce(?, thumbnail_url) WHERE server = ? AND task_id = ?`,
  );
  const listeners = createListeners<() => void>(parts.logger);

  return {
    note({ asked, owner, arguments: args, cost }, result) {
      const news = taskNews(result);
      if (news.length === 0) return undefined;
      // On any server: it may be Luma by another account.
      const submits = lumaTool(asked.tool)?.category === 'Write';
      database.transaction(() => {
        for (const task of news) {
          if (submits) {
            insert.run(
              asked.server,
              task.taskId,
              text(ownMember(kept(args), 'prompt')) ?? null,
              asked.tool,
              asked.grantId,
              asked.id,
              owner === asked.id ? null : owner,
              asked.at,
              cost ?? null,
              asked.id,
            );
          }
          update.run(
            task.state ?? null,
            task.videoId ?? null,
            task.videoUrl ?? null,
            task.thumbnailUrl ?? null,
            asked.server,
            task.taskId,
          );
        }
      });
      database.afterCommit(() => listeners.tell());
      return submits ? news[0]?.taskId : undefined;
    },
    onChange: listeners.add,
  };
}

/** How many tasks of one answer are looked at: the server asks for at most as many at a time. */
const MOST_TASKS = 100;

function taskNews(result: JsonObject): TaskNews[] {
  const content = ownMember(result, 'content');
  const first = Array.isArray(content) ? content[0] : undefined;
  const body = isJsonObject(first) ? text(ownMember(first, 'text')) : undefined;
  if (body === undefined || body.length > LARGEST_ANSWER || !body.trimStart().startsWith('{')) return [];
  let answer: Json;
  try {
    answer = JSON.parse(body) as Json;
  } catch {
    return [];
  }
  if (!isJsonObject(answer)) return [];
  const many = ownMember(answer, 'items') ?? ownMember(answer, 'tasks') ?? ownMember(answer, 'data');
  const tasks = Array.isArray(many) ? many : [answer];
  return tasks
    .slice(0, MOST_TASKS)
    .filter(isJsonObject)
    .flatMap((task) => oneTask(task) ?? []);
}

function oneTask(task: JsonObject): TaskNews | undefined {
  const taskId = text(ownMember(task, 'task_id')) ?? text(ownMember(task, 'id'));
  if (taskId === undefined) return undefined;
  const response = ownMember(task, 'response');
  const details = isJsonObject(response) ? response : task;
  const state = text(ownMember(task, 'state')) ?? text(ownMember(details, 'state'));
  return {
    taskId,
    state: state === 'pending' || state === 'completed' || state === 'failed' ? state : undefined,
    videoId: text(ownMember(details, 'video_id')),
    videoUrl: text(ownMember(details, 'video_url')),
    thumbnailUrl: text(ownMember(details, 'thumbnail_url')),
  };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value.toWellFormed().replaceAll('\0', '') : undefined;
}
