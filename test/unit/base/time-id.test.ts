import { expect, test } from 'vitest';
import { timeId } from '../../../main/base/time-id.ts';

test('ids of a later time sort after, are UUIDs of version 7, and differ', () => {
  const at = Date.UTC(2026, 10, 28);
  const ids = [0, 1, 2, 1_000, 86_400_000].map((later) => timeId(at + later));
  expect(ids.toSorted()).toEqual(ids);
  for (const id of ids)
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(parseInt(ids[0]?.replace('-', '').slice(0, 12) ?? '', 16)).toBe(at);
  expect(new Set(Array.from({ length: 1000 }, () => timeId(at))).size).toBe(1000);
});
