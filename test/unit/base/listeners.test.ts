import { expect, test, vi } from 'vitest';
import { createListeners } from '../../../main/base/listeners.ts';
import { createTestLogger, type LogLine } from '../../support/log.ts';

function setUp() {
  const lines: LogLine[] = [];
  return { lines, listeners: createListeners<(news: string) => unknown>(createTestLogger(lines)) };
}

test('all are told, in the order in which they came', () => {
  const { listeners } = setUp();
  const heard: string[] = [];
  listeners.add((news) => heard.push(`first ${news}`));
  listeners.add((news) => heard.push(`second ${news}`));
  listeners.tell('a');
  expect(heard).toEqual(['first a', 'second a']);
  expect(listeners.size).toBe(2);
});

test('one that fails is logged, and disturbs neither the others nor the caller', async () => {
  const { listeners, lines } = setUp();
  const heard = vi.fn();
  listeners.add(() => {
    throw new Error('at once');
  });
  listeners.add(async () => {
    throw new Error('later');
  });
  listeners.add(heard);
  expect(() => listeners.tell('a')).not.toThrow();
  expect(heard.mock.calls).toEqual([['a']]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines.map(({ level, details }) => [level, String((details as { err: Error }).err)])).toEqual([
    ['error', 'Error: at once'],
    ['error', 'Error: later'],
  ]);
});

test('each registration ends by itself, also of the same function', () => {
  const { listeners } = setUp();
  const heard = vi.fn();
  const end = listeners.add(heard);
  listeners.add(heard);
  listeners.tell('a');
  expect(heard).toHaveBeenCalledTimes(2);
  end();
  end();
  listeners.tell('b');
  expect(heard).toHaveBeenCalledTimes(3);
});

test('one that is ended, or comes, while news is told is not told it', () => {
  const { listeners } = setUp();
  const heard: string[] = [];
  listeners.add(() => {
    endSecond();
    listeners.add(() => heard.push('late'));
  });
  const endSecond = listeners.add(() => heard.push('second'));
  listeners.add(() => heard.push('third'));
  listeners.tell('a');
  expect(heard).toEqual(['third']);
});
