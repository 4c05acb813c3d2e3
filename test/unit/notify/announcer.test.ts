import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { NoticeResponse } from '../../../main/base/ports.ts';
import { createAnnouncer } from '../../../main/notify/announcer.ts';
import { createTestClock } from '../../support/clock.ts';
import { silent } from '../../support/log.ts';
import { approvalOf } from './approval.ts';
import { createScreen, settled } from './screen.ts';

const many = (...ids: string[]) => ids.map((id) => approvalOf({ id }));

function setUp() {
  const screen = createScreen();
  const clock = createTestClock();
  const settings = { enabled: true, sound: true };
  const onAnswer = vi.fn<(id: string, answer: 'allow' | 'deny') => unknown>();
  const onOpen = vi.fn<(id: string | undefined) => unknown>();
  const onStatus = vi.fn<() => unknown>();
  const announcer = createAnnouncer({
    notifier: screen.notifier,
    clock,
    logger: silent,
    settings: () => settings,
    onAnswer,
    onOpen,
  });
  announcer.onChange(onStatus);
  return { screen, clock, settings, onAnswer, onOpen, onStatus, announcer };
}

let t: ReturnType<typeof setUp>;
beforeEach(() => {
  t = setUp();
});

describe('one approval', () => {
  test('is shown once, however often the list is told', () => {
    t.announcer.update(many('a'));
    t.announcer.update(many('a'));
    expect(t.screen.history.map(({ id }) => id)).toEqual(['a']);
    expect(t.screen.history[0]).toMatchObject({ answerable: true, title: 'Claude wants to make a video' });
  });

  test.each(['allow', 'deny'] as const)('hands on %s', async (answer) => {
    t.announcer.update(many('a'));
    await t.screen.press('a', answer);
    expect(t.onAnswer.mock.calls).toEqual([['a', answer]]);
  });

  test('is opened by a click and then left alone', async () => {
    t.announcer.update(many('a'));
    await t.screen.press('a', 'open');
    t.announcer.update(many('a'));
    expect(t.onOpen.mock.calls).toEqual([['a']]);
    expect(t.screen.ids()).toEqual([]);
    expect(t.onAnswer).not.toHaveBeenCalled();
  });

  test('whose notification was closed is left alone for a minute and shown again, without a sound', async () => {
    t.announcer.update(many('a'));
    await t.screen.press('a', 'closed');
    t.announcer.update(many('a', 'b'));
    expect(t.screen.ids()).toEqual(['b']);
    expect(t.onAnswer).not.toHaveBeenCalled();
    t.clock.advance(59_999);
    expect(t.screen.ids()).toEqual(['b']);
    t.clock.advance(1);
    expect(t.screen.ids()).toEqual(['b', 'a']);
    expect(t.screen.history.at(-1)?.sound).toBe(false);
    await t.screen.press('a', 'allow');
    expect(t.onAnswer.mock.calls).toEqual([['a', 'allow']]);
  });

  test('whose notification was closed and that is over meanwhile stays away', async () => {
    t.announcer.update(many('a'));
    await t.screen.press('a', 'closed');
    t.announcer.update([]);
    t.clock.advance(60_000);
    expect(t.screen.ids()).toEqual([]);
  });

  test('that went away takes its notification with it', async () => {
    t.announcer.update(many('a', 'b'));
    t.announcer.update(many('b'));
    expect(t.screen.ids()).toEqual(['b']);
    await settled();
    expect(t.onAnswer).not.toHaveBeenCalled();
  });

  test('that is listed but no longer pending is gone', () => {
    t.announcer.update(many('a'));
    t.announcer.update([approvalOf({ id: 'a', state: 'expired' })]);
    expect(t.screen.ids()).toEqual([]);
  });

  test('that is gone cannot be answered by a press that comes late', async () => {
    const pressed = Promise.withResolvers<NoticeResponse>();
    t.screen.notifier.show = () => pressed.promise;
    t.announcer.update(many('a'));
    t.announcer.update([]);
    pressed.resolve('allow');
    await settled();
    expect(t.onAnswer).not.toHaveBeenCalled();
  });

  test('still waiting is answered by a press that crossed with the summary', async () => {
    const pressed = Promise.withResolvers<NoticeResponse>();
    const { show } = t.screen.notifier;
    t.screen.notifier.show = (notice, signal) => (notice.id === 'a' ? pressed.promise : show(notice, signal));
    t.announcer.update(many('a'));
    t.announcer.update(many('a', 'b', 'c', 'd'));
    pressed.resolve('deny');
    await settled();
    expect(t.onAnswer.mock.calls).toEqual([['a', 'deny']]);
  });

  test('survives a host that throws or rejects', async () => {
    t.onAnswer.mockImplementationOnce(() => {
      throw new Error('no');
    });
    t.onAnswer.mockRejectedValueOnce(new Error('no'));
    t.announcer.update(many('a', 'b'));
    await t.screen.press('a', 'allow');
    await t.screen.press('b', 'allow');
    t.announcer.update(many('a', 'b', 'c'));
    expect(t.screen.ids()).toEqual(['c']);
  });
});

describe('many approvals', () => {
  test('up to three are shown one by one', () => {
    t.announcer.update(many('a', 'b', 'c'));
    expect(t.screen.ids()).toEqual(['a', 'b', 'c']);
  });

  test('more than three become one summary', () => {
    t.announcer.update(many('a', 'b', 'c'));
    t.announcer.update(many('a', 'b', 'c', 'd'));
    expect(t.screen.titles()).toEqual(['4 videos are waiting']);
  });

  test('a click on the summary opens the window', async () => {
    t.announcer.update(many('a', 'b', 'c', 'd'));
    await t.screen.press('summary', 'open');
    expect(t.onOpen.mock.calls).toEqual([[undefined]]);
  });

  test('a burst changes the summary at most once per second, and it ends up right', () => {
    const ids = Array.from({ length: 54 }, (_, index) => `a${index}`);
    for (let count = 4; count <= 54; count++) t.announcer.update(many(...ids.slice(0, count)));
    expect(t.screen.titles()).toEqual(['4 videos are waiting']);
    t.clock.advance(1_000);
    expect(t.screen.titles()).toEqual(['54 videos are waiting']);
    expect(t.screen.history).toHaveLength(2);
  });

  test('few again, they are shown one by one without a sound', () => {
    t.announcer.update(many('a', 'b', 'c', 'd'));
    t.clock.advance(10_000);
    const before = t.screen.sounds();
    t.announcer.update(many('b', 'c', 'd'));
    expect(t.screen.ids()).toEqual(['b', 'c', 'd']);
    expect(t.screen.sounds()).toBe(before);
  });

  test('none left, a summary that was about to change does not come', () => {
    t.announcer.update(many('a', 'b', 'c', 'd'));
    t.announcer.update(many('a', 'b', 'c', 'd', 'e'));
    t.announcer.update([]);
    t.clock.advance(60_000);
    expect(t.screen.ids()).toEqual([]);
    expect(t.screen.history).toHaveLength(1);
  });

  test('a closed summary stays closed; the next approval is shown by itself', async () => {
    t.announcer.update(many('a', 'b', 'c', 'd'));
    await t.screen.press('summary', 'closed');
    t.announcer.update(many('a', 'b', 'c', 'd', 'e'));
    expect(t.screen.ids()).toEqual(['e']);
    // Later it is one again, not one after the other.
    const before = t.screen.history.length;
    t.clock.advance(60_000);
    expect(t.screen.titles()).toEqual(['5 videos are waiting']);
    expect(t.screen.history).toHaveLength(before + 1);
  });
});

describe('sound', () => {
  test('is made by the first of several, and not again within three seconds', () => {
    t.announcer.update(many('a', 'b'));
    t.clock.advance(2_999);
    t.announcer.update(many('a', 'b', 'c'));
    expect(t.screen.history.map(({ sound }) => sound)).toEqual([true, false, false]);
  });

  test('is made again later', () => {
    t.announcer.update(many('a'));
    t.clock.advance(3_000);
    t.announcer.update(many('a', 'b'));
    expect(t.screen.sounds()).toBe(2);
  });

  test('is not made when a summary only shrinks', () => {
    t.announcer.update(many('a', 'b', 'c', 'd', 'e'));
    t.clock.advance(10_000);
    t.announcer.update(many('a', 'b', 'c', 'd'));
    expect(t.screen.titles()).toEqual(['4 videos are waiting']);
    expect(t.screen.sounds()).toBe(1);
  });

  test('is never made when switched off', () => {
    t.settings.sound = false;
    t.announcer.update(many('a', 'b', 'c', 'd'));
    expect(t.screen.sounds()).toBe(0);
  });
});

describe('switched off', () => {
  test('nothing is shown, what is shown goes away, and it comes back when switched on', () => {
    t.announcer.update(many('a'));
    t.settings.enabled = false;
    t.announcer.update(many('a', 'b'));
    expect(t.screen.ids()).toEqual([]);
    t.settings.enabled = true;
    t.announcer.update(many('a', 'b'));
    expect(t.screen.ids()).toEqual(['a', 'b']);
  });
});

describe('a notifier that fails', () => {
  test('is reported, does not answer, and is tried again with the next approval', async () => {
    t.screen.setStatus({ kind: 'memory', working: false, message: 'install it' });
    t.announcer.update(many('a'));
    await settled();
    expect(t.announcer.status()).toEqual({ kind: 'memory', working: false, message: 'install it' });
    expect(t.onStatus).toHaveBeenCalledTimes(1);
    expect(t.onAnswer).not.toHaveBeenCalled();

    t.announcer.update(many('a'));
    await settled();
    expect(t.screen.history).toHaveLength(1);

    t.screen.setStatus({ kind: 'memory', working: true });
    t.announcer.update(many('a', 'b'));
    t.clock.advance(2_000);
    expect(t.screen.ids()).toEqual(['b']);
    expect(t.onStatus).toHaveBeenCalledTimes(2);
  });

  test('is tried again for the same approval, as long as it waits', async () => {
    t.screen.setStatus({ kind: 'memory', working: false, message: 'install it' });
    t.announcer.update(many('a'));
    await settled();
    t.clock.advance(30_000);
    await settled();
    expect(t.screen.history).toHaveLength(2);
    t.screen.setStatus({ kind: 'memory', working: true });
    t.clock.advance(30_000);
    expect(t.screen.ids()).toEqual(['a']);
    expect(t.announcer.status().working).toBe(true);
  });
});

describe('a test notification', () => {
  test('says what was pressed, and opens the window on a click', async () => {
    const answer = t.announcer.test();
    await t.screen.press('test', 'allow');
    expect(await answer).toBe('allow');
    expect(t.onAnswer).not.toHaveBeenCalled();

    const click = t.announcer.test();
    await t.screen.press('test', 'open');
    expect(await click).toBe('open');
    expect(t.onOpen.mock.calls).toEqual([[undefined]]);
  });

  test('goes away by itself', async () => {
    const answer = t.announcer.test();
    t.clock.advance(30_000);
    expect(await answer).toBe('closed');
    expect(t.screen.ids()).toEqual([]);
  });

  test('rejects with the reason when it cannot be shown', async () => {
    t.screen.setStatus({ kind: 'memory', working: false, message: 'install it' });
    await expect(t.announcer.test()).rejects.toThrow('install it');
    expect(t.onStatus).toHaveBeenCalledTimes(1);
  });
});

test('closing takes a summary down, and what was to be shown again does not come', async () => {
  t.announcer.update(many('x'));
  await t.screen.press('x', 'closed');
  t.announcer.update(many('a', 'b', 'c', 'd'));
  await t.announcer.close();
  await settled();
  expect(t.screen.ids()).toEqual([]);
  expect(t.clock.pending()).toBe(0);
});

test('closing takes everything down, answers nothing and leaves no timer', async () => {
  t.announcer.update(many('a', 'b'));
  const tested = t.announcer.test();
  await t.announcer.close();
  expect(await tested).toBe('closed');
  t.announcer.update(many('c'));
  await settled();
  expect(t.screen.ids()).toEqual([]);
  expect(t.onAnswer).not.toHaveBeenCalled();
  expect(t.clock.pending()).toBe(0);
});
