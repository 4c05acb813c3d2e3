import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../main/database/database.ts';
import { createActivity } from '../../../main/ledger/activity.ts';
import { type ActivityReader, createActivityReader } from '../../../main/ledger/activity-reader.ts';
import { seedActivity } from '../../bench/seed-activity.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';

const CALLS = 3000;

describe('the log of calls, far down', () => {
  const folder = folderOfSuite();
  let database: Database;
  let log: ActivityReader;

  beforeAll(() => {
    const dataDir = join(folder(), 'data');
    seedActivity(dataDir, CALLS);
    database = openDatabase(join(dataDir, 'greenlight.db'));
    log = createActivityReader(database, { fromWall: (wall) => wall });
  });
  afterAll(() => {
    database.close();
  });

  it('passes over rows to any place, counted from a page that new calls do not move', () => {
    const first = log.query({}, { limit: 100 });
    expect(log.count({})).toBe(CALLS);
    expect(first.entries[0]).toMatchObject({ id: `seed-${CALLS - 1}` });
    const far = log.query({}, { limit: 50, before: first.next, skip: 2000 });
    expect(far.entries.map(({ id }) => id)).toEqual(
      Array.from({ length: 50 }, (_, index) => `seed-${CALLS - 1 - 2100 - index}`),
    );
  });

  it('passes over what the filter leaves, and ends where the log ends', () => {
    const filter = { outcome: 'denied' as const };
    const total = log.count(filter);
    const { next } = log.query(filter, { limit: 1 });
    const all = log.query(filter, { limit: 1000 }).entries;
    expect(all).toHaveLength(total);
    const end = log.query(filter, { limit: 10, before: next, skip: total - 4 });
    expect(end.entries).toEqual(all.slice(-3));
    expect(end.next).toBeUndefined();
    expect(log.query(filter, { limit: 10, before: next, skip: total }).entries).toEqual([]);
  });

  it('is whole: what the benchmark measures is a log that verifies', async () => {
    expect(await createActivity(database, { toWall: (at) => at }, silent).verify()).toEqual({
      valid: true,
      rows: CALLS,
    });
  });
});
