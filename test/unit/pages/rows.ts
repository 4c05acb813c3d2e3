import type { ActivityRow } from '../../../shared/contract.ts';

/** A row of the log; what a test does not name is a plain allowed call. */
export function activityRow(about: Partial<ActivityRow> = {}): ActivityRow {
  return {
    id: 'row',
    at: '2026-11-22T20:00:00.000Z',
    client: { id: 'grant', label: 'Cursor' },
    server: 'luma',
    tool: 'luma_generate_video',
    arguments: { prompt: 'A cat' },
    digest: 'a'.repeat(64),
    outcome: 'allowed',
    rule: '',
    forwarded: true,
    ...about,
  };
}

/** `count` rows, newest first, one second apart: `row-<count-1>` down to `row-0`. */
export function manyRows(count: number): ActivityRow[] {
  return Array.from({ length: count }, (_, index) => numberedRow(count - 1 - index));
}

/** The row that came `number` seconds after the first. */
export function numberedRow(number: number, about: Partial<ActivityRow> = {}): ActivityRow {
  return activityRow({
    id: `row-${number}`,
    at: new Date(1_700_000_000_000 + number * 1000).toISOString(),
    ...about,
  });
}
