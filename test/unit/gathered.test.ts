import { expect, test } from 'vitest';
import { createGathered } from '../../main/api/gathered.ts';
import { createTestClock } from '../support/clock.ts';

function gather(most: number) {
  const clock = createTestClock();
  const told: string[] = [];
  const add = createGathered<string>(
    clock,
    most,
    (news) => told.push([...news].join(' ')),
    () => told.push('crowded'),
  );
  return { clock, told, add };
}

test('the newest of each is told, once, a moment after the first', () => {
  const { clock, told, add } = gather(3);
  add('a', 'a1');
  add('b', 'b1');
  clock.advance(49);
  add('a', 'a2');
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual(['b1 a2']);
  clock.advance(1_000);
  add('a', 'a3');
  clock.advance(50);
  expect(told).toEqual(['b1 a2', 'a3']);
});

test('where there are too many, that alone is told, and the next not before a second', () => {
  const { clock, told, add } = gather(2);
  for (let n = 0; n < 1_000; n += 1) add(`${n}`, 'news');
  clock.advance(50);
  expect(told).toEqual(['crowded']);
  for (let n = 0; n < 1_000; n += 1) add(`${n}`, 'news');
  clock.advance(999);
  expect(told).toEqual(['crowded']);
  clock.advance(1);
  expect(told).toEqual(['crowded', 'crowded']);
  add('a', 'last');
  clock.advance(1_000);
  add('a', 'and then');
  clock.advance(50);
  expect(told).toEqual(['crowded', 'crowded', 'last', 'and then']);
});
