/** Since when calls go to the upstream of now, also where it became another while Greenlight was stopped. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../main/database/database.ts';
import { createAccepted } from '../../../main/ledger/accepted.ts';
import { createUpstreamSince } from '../../../main/ledger/upstream-since.ts';
import type { UpstreamSettings } from '../../../shared/settings.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';

const first: UpstreamSettings = { kind: 'http', url: 'https://one.example/mcp' };
const second: UpstreamSettings = { kind: 'stdio', command: 'uvx', args: ['mcp-luma'], envNames: [] };

test('it stays over a restart, and is now where calls go to another', () => {
  const path = join(temporaryFolder(), 'greenlight.db');
  const clock = createTestClock();
  /** What a start with this upstream says, and then what it says once another is in use. */
  const start = (upstream: UpstreamSettings, then?: UpstreamSettings) => {
    const database = openDatabase(path);
    const since = createUpstreamSince(createAccepted(database), clock, {
      server: 'luma',
      upstream,
      fresh: false,
    });
    const atStart = since.get();
    if (then) {
      since.keep(then);
      since.use();
    }
    database.close();
    return then ? since.get() : atStart;
  };
  const begin = clock.now();
  // Of a home of an earlier version nobody knows of another.
  expect(start(first)).toBe(0);
  clock.advance(1000);
  expect(start(first)).toBe(0);
  // What was called in that very millisecond may have been the other one.
  expect(start(first, second)).toBe(begin + 1001);
  clock.advance(1000);
  expect(start(second)).toBe(begin + 1001);
  expect(start(first)).toBe(begin + 2000);
});
