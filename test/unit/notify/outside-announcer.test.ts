import { beforeEach, expect, test, vi } from 'vitest';
import type { Outside, OutsideChange } from '../../../main/base/outside.ts';
import { createOutsideAnnouncer } from '../../../main/notify/outside-announcer.ts';
import { createTestClock } from '../../support/clock.ts';
import { createTestLogger, type LogLine } from '../../support/log.ts';
import { createScreen, settled } from './screen.ts';

const change = (name: string, part: Partial<OutsideChange> = {}): OutsideChange => ({
  id: `policy:${name}`,
  kind: 'policy',
  name,
  path: `/policies/${name}.json`,
  seenAt: 0,
  before: { default: 'deny' },
  after: { default: 'allow' },
  digest: `digest of ${name}`,
  ...part,
});

function setUp() {
  const screen = createScreen();
  const clock = createTestClock();
  const settings = { enabled: true, sound: true };
  const onOpen = vi.fn<(id: string | undefined) => unknown>();
  const decide = vi.fn<Outside['decide']>();
  const logs: LogLine[] = [];
  let waiting: OutsideChange[] = [];
  let tell = () => {};
  const announcer = createOutsideAnnouncer({
    notifier: screen.notifier,
    clock,
    logger: createTestLogger(logs),
    settings: () => settings,
    onOpen,
  });
  const outside: Outside = {
    list: () => waiting,
    decide,
    onChange(listener) {
      tell = listener;
      return () => {};
    },
  };
  return {
    screen,
    clock,
    settings,
    onOpen,
    decide,
    announcer,
    outside,
    logs,
    /** Others change things; a moment later it is on the screen. */
    now(...changes: OutsideChange[]) {
      waiting = changes;
      tell();
      clock.advance(1_000);
    },
    /** The same, and nobody tells. */
    silently(...changes: OutsideChange[]) {
      waiting = changes;
    },
  };
}

let t: ReturnType<typeof setUp>;
beforeEach(() => {
  t = setUp();
  t.announcer.follow(t.outside);
});

test('what waits at the start is shown, before anything is told', () => {
  const other = setUp();
  other.silently(change('a'));
  other.announcer.follow(other.outside);
  expect(other.screen.ids()).toEqual(['outside:policy:a']);
});

test('each change is shown once, however often the list is told', async () => {
  t.now(change('a'));
  t.now(change('a'));
  t.clock.advance(600_000);
  expect(t.screen.history).toMatchObject([
    { id: 'outside:policy:a', answerable: true, labels: { allow: 'Use it', deny: 'Keep mine' }, sound: true },
  ]);
  await t.screen.press('outside:policy:a', 'closed');
  t.now(change('a'));
  t.clock.advance(600_000);
  expect(t.screen.history).toHaveLength(1);
  expect(t.decide).not.toHaveBeenCalled();
});

test('what nothing tells of is found within a minute', () => {
  t.silently(change('a'));
  t.clock.advance(60_000);
  expect(t.screen.ids()).toEqual(['outside:policy:a']);
});

test.each([
  ['allow', 'use'],
  ['deny', 'keep'],
] as const)('%s is %s, of what was shown', async (press, answer) => {
  t.now(change('a'));
  await t.screen.press('outside:policy:a', press);
  expect(t.decide.mock.calls).toEqual([['policy:a', 'digest of a', answer]]);
  expect(t.onOpen).not.toHaveBeenCalled();
});

test('a click opens the window at it; it is left alone then', async () => {
  t.now(change('a'));
  await t.screen.press('outside:policy:a', 'open');
  expect(t.onOpen.mock.calls).toEqual([['policy:a']]);
  t.clock.advance(600_000);
  expect(t.screen.ids()).toEqual([]);
});

test('an answer that does not come through opens the window', async () => {
  t.decide.mockRejectedValue(new Error('has changed again'));
  t.now(change('a'));
  await t.screen.press('outside:policy:a', 'allow');
  expect(t.onOpen.mock.calls).toEqual([['policy:a']]);
  expect(JSON.stringify(t.logs)).toContain('has changed again');
});

test('one that was answered elsewhere goes; should the same come again, it is news', async () => {
  t.now(change('a'));
  t.now();
  await settled();
  expect(t.screen.ids()).toEqual([]);
  t.now(change('a'));
  t.clock.advance(60_000);
  expect(t.screen.ids()).toEqual(['outside:policy:a']);
});

test('one that changed again is taken down at once, and shown anew once a minute at most', async () => {
  t.now(change('a', { digest: '1' }));
  for (let time = 2; time < 300; time++) t.now(change('a', { digest: String(time) }));
  await settled();
  expect(t.screen.history.length).toBeLessThanOrEqual(6);
  t.clock.advance(60_000);
  await settled();
  expect(t.screen.ids()).toEqual(['outside:policy:a']);
  await t.screen.press('outside:policy:a', 'allow');
  expect(t.decide.mock.calls).toEqual([['policy:a', '299', 'use']]);
});

test('a burst is one look, with one sound', () => {
  t.now(change('a'), change('b'), change('c'));
  expect(t.screen.ids()).toHaveLength(3);
  expect(t.screen.sounds()).toBe(1);
});

test('many are one notification, which is not shown again as they become fewer', async () => {
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => change(name));
  t.now(a as OutsideChange, b as OutsideChange, c as OutsideChange, d as OutsideChange, e as OutsideChange);
  expect(t.screen.titles()).toEqual(['5 things were changed outside Greenlight']);
  t.now(a as OutsideChange, b as OutsideChange, c as OutsideChange, d as OutsideChange);
  t.clock.advance(600_000);
  t.now(a as OutsideChange, b as OutsideChange);
  t.clock.advance(600_000);
  await settled();
  expect(t.screen.ids()).toEqual([]);
  expect(t.screen.history).toHaveLength(1);
  const all = ['v', 'w', 'x', 'y'].map((name) => change(name));
  t.now(...all);
  t.clock.advance(60_000);
  await t.screen.press('outside', 'open');
  expect(t.onOpen.mock.calls).toEqual([['policy:v']]);
});

test('none is shown while notifications are off', async () => {
  t.settings.enabled = false;
  t.now(change('a'));
  t.clock.advance(60_000);
  expect(t.screen.history).toEqual([]);
  t.settings.enabled = true;
  t.announcer.refresh();
  expect(t.screen.ids()).toEqual(['outside:policy:a']);
  t.settings.enabled = false;
  t.announcer.refresh();
  await settled();
  expect(t.screen.ids()).toEqual([]);
});

test('one that could not be shown is tried again, ever more seldom', async () => {
  t.screen.setStatus({ kind: 'memory', working: false, message: 'no service' });
  t.now(change('a'));
  for (let minute = 0; minute < 600; minute++) {
    await settled();
    t.clock.advance(60_000);
  }
  await settled();
  expect(t.screen.history.length).toBeGreaterThan(8);
  expect(t.screen.history.length).toBeLessThan(20);
  t.screen.setStatus({ kind: 'memory', working: true });
  for (let minute = 0; minute < 65; minute++) t.clock.advance(60_000);
  expect(t.screen.ids()).toEqual(['outside:policy:a']);
});

test('closing takes everything down, and nothing comes after', async () => {
  t.now(change('a'));
  await t.announcer.close();
  expect(t.screen.ids()).toEqual([]);
  t.now(change('b'));
  t.clock.advance(600_000);
  expect(t.screen.history).toHaveLength(1);
  expect(t.decide).not.toHaveBeenCalled();
});
