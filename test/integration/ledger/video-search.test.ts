/** Which videos are found, and in which order, in a real database. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../../main/database/database.ts';
import { findVideos, type VideosAsked } from '../../../main/ledger/video-search.ts';
import { folderOfSuite } from '../../support/folder.ts';

const folder = folderOfSuite();
let sql: DatabaseSync;

const VIDEOS: {
  id: string;
  prompt: string | null;
  client: string;
  at: number;
  cost: number | null;
  server?: string;
}[] = [
  { id: 'one', prompt: 'A cat, 100 % wet', client: 'claude', at: 1000, cost: 0.4 },
  { id: 'two', prompt: 'A lake', client: 'cursor', at: 2000, cost: 1.2 },
  { id: 'three', prompt: 'A CAT on a lake', client: 'claude', at: 3000, cost: 0.4 },
  { id: 'four', prompt: null, client: 'claude', at: 4000, cost: null, server: 'luma-at-work' },
  { id: 'five', prompt: 'A_mill', client: 'cursor', at: 4000, cost: 0 },
];

beforeAll(() => {
  const path = join(folder(), 'greenlight.db');
  openDatabase(path).close();
  sql = new DatabaseSync(path);
  // Of the table alone: nothing here asks who wrote them.
  sql.exec('DROP TABLE videos');
  sql.exec(
    'CREATE TABLE videos (server TEXT, task_id TEXT, video_id TEXT, prompt TEXT, grant_id TEXT, created_at INTEGER, cost REAL, PRIMARY KEY (server, task_id))',
  );
  const insert = sql.prepare('INSERT INTO videos VALUES (?, ?, ?, ?, ?, ?, ?)');
  for (const { id, prompt, client, at, cost, server = 'luma' } of VIDEOS)
    insert.run(server, id, `v-${id}`, prompt, client, at, cost);
});
afterAll(() => sql.close());

const find = (asked: Partial<VideosAsked> = {}) =>
  findVideos(sql, { filter: {}, sort: 'newest', limit: 10, ...asked });
const ids = (asked: Partial<VideosAsked> = {}) => find(asked).map(({ task_id }) => task_id);

test.each([
  ['all, newest first', {}, ['four', 'five', 'three', 'two', 'one']],
  ['of one client', { client: 'cursor' }, ['five', 'two']],
  ['of one server', { server: 'luma-at-work' }, ['four']],
  ['by their prompt, whatever its case', { text: 'cat' }, ['three', 'one']],
  ['by a text as it is', { text: '100 %' }, ['one']],
  ['by a text as it is, and no pattern', { text: 'A_' }, ['five']],
  ['by the id of their task', { text: 'two' }, ['two']],
  ['by their own id', { text: 'v-four' }, ['four']],
  ['of a time', { since: 2000, until: 4000 }, ['three', 'two']],
  [
    'that cost as much or more; those of unknown cost do not',
    { minCost: 0 },
    ['five', 'three', 'two', 'one'],
  ],
  ['that cost more, of one client', { minCost: 0.4, client: 'claude' }, ['three', 'one']],
])('videos are found: %s', (_which, filter, expected) => {
  expect(ids({ filter })).toEqual(expected);
});

test('the dearest come first, of as dear ones the newest, those of unknown cost last', () => {
  expect(ids({ sort: 'dearest' })).toEqual(['two', 'three', 'one', 'five', 'four']);
});

test.each(['newest', 'dearest'] as const)('page after page, %s first, each comes once', (sort) => {
  const seen: string[] = [];
  let before: VideosAsked['before'];
  for (;;) {
    const [video] = find({ sort, limit: 1, ...(before && { before }) });
    if (!video) break;
    seen.push(video.task_id);
    const { cost, created_at: createdAt, task_id: taskId, server } = video;
    before = { cost: cost ?? -1, createdAt, taskId, server };
  }
  expect(seen).toEqual(ids({ sort }));
});
