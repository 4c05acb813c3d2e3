import { describe, expect, it } from 'vitest';
import {
  filterPath,
  filterQuery,
  type LogFilter,
  matches,
  readFilter,
} from '../../../renderer/activity/filter.ts';
import { activityRow } from './rows.ts';

const NOW = Date.parse('2026-11-22T20:00:00.000Z');

describe('the filter in the address', () => {
  it.each<LogFilter>([
    {},
    { client: 'g1', tool: 'luma_get_task', outcome: 'denied', text: 'a & b = c #' },
    { task: '3f0c/ü' },
    { time: { last: 'week' } },
    { time: { from: '2026-11-01', to: '2026-11-22' } },
    { time: { to: '2026-11-22' } },
  ])('is read back as it was written: %j', (filter) => {
    expect(readFilter(filterPath(filter))).toEqual(filter);
  });

  it('leaves out what it does not understand', () => {
    const path = [
      'outcome',
      'perhaps',
      'last',
      'constructor',
      'from',
      'yesterday',
      'to',
      '2026-13-45',
      'other',
      '1',
      'tool',
    ];
    expect(readFilter(path)).toEqual({});
  });
});

describe('what a filter asks for', () => {
  it('counts a span back from now', () => {
    expect(filterQuery({ time: { last: 'hour' } }, NOW)).toEqual({ since: '2026-11-22T19:00:00.000Z' });
  });

  it('takes both days whole, in local time', () => {
    const { since, until } = filterQuery({ time: { from: '2026-11-21', to: '2026-11-21' } }, NOW);
    expect(new Date(since ?? '')).toEqual(new Date(2026, 10, 21));
    expect(new Date(until ?? '')).toEqual(new Date(2026, 10, 22));
  });

  it('asks for no text when there are only spaces', () => {
    expect(filterQuery({ text: '   ' }, NOW)).toEqual({});
  });
});

describe('a row that comes in', () => {
  const row = activityRow({
    at: '2026-11-22T19:30:00.000Z',
    arguments: { prompt: 'A Paper Boat' },
    taskId: 'task-7',
  });

  it.each([
    [{}, true],
    [{ client: 'grant' }, true],
    [{ client: 'another' }, false],
    [{ tool: 'luma_get_task' }, false],
    [{ outcome: 'allowed' as const }, true],
    [{ outcome: 'denied' as const }, false],
    [{ text: 'paper boat' }, true],
    [{ text: 'TASK-7' }, true],
    [{ text: 'submarine' }, false],
    [{ since: '2026-11-22T19:30:00.000Z' }, true],
    [{ until: '2026-11-22T19:30:00.000Z' }, false],
  ])('belongs to %j: %s', (query, belongs) => {
    expect(matches(row, query)).toBe(belongs);
  });
});
