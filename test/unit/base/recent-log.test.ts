import { expect, test } from 'vitest';
import { rememberRecent } from '../../../main/base/recent-log.ts';
import { createTestClock } from '../../support/clock.ts';
import { createTestLogger, type LogLine, silent } from '../../support/log.ts';

test('passes everything on, and remembers the newest warnings and errors with their reason', () => {
  const lines: LogLine[] = [];
  const { logger, recent } = rememberRecent(createTestLogger(lines), createTestClock(0));
  logger.debug({}, 'quiet');
  logger.info({}, 'usual');
  logger.warn({ reason: 'two\n  lines' }, 'odd');
  logger.error({ err: new TypeError('a mistake') }, 'bad');
  logger.error({ reason: Object.create(null) }, 'odd');
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['debug', 'quiet'],
    ['info', 'usual'],
    ['warn', 'odd'],
    ['error', 'bad'],
    ['error', 'odd'],
  ]);
  expect(recent()).toEqual([
    { at: 0, level: 'warn', text: 'odd: two lines' },
    { at: 0, level: 'error', text: 'bad: TypeError: a mistake' },
    { at: 0, level: 'error', text: 'odd' },
  ]);
  for (let n = 0; n < 100; n += 1) logger.warn({ reason: 'x'.repeat(1000) }, `n${n}`);
  expect(recent()).toHaveLength(30);
  expect(recent()[0]?.text).toBe(`n70: ${'x'.repeat(300)}`);
});

test('never throws, whatever an error says of itself', () => {
  const { logger, recent } = rememberRecent(silent, { wall: () => 0 });
  const odd = Object.assign(new Error(), { message: Object.create(null) });
  for (const details of [{ err: odd }, { reason: () => {} }, { error: Symbol('odd') }])
    expect(() => logger.error(details, 'bad')).not.toThrow();
  expect(recent()).toHaveLength(3);
});
