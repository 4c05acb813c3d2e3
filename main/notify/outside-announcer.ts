/**
 * Notifications of what other programs changed: once for each change, none that is out of date. They only ever
 * speed an answer up; what was accepted holds until there is one.
 */
import type { Outside, OutsideChange } from '../base/outside.ts';
import type { Clock, Logger, Notice, NoticeResponse, Notifier } from '../base/ports.ts';
import { noticeForOutside, summaryForOutside } from './outside-notice.ts';

/** More notifications than this become one. */
const maxSingle = 3;

/** Milliseconds of quiet after news: a program may write several files. */
const quiet = 1_000;

/** Milliseconds until the next look for changes that nothing tells of, and between two notifications of one thing. */
const lookEvery = 60_000;

/** How often, at most, the wait is doubled after which one that could not be shown is tried again. */
const mostDoublings = 6;

/** Shows what other programs changed. */
export interface OutsideAnnouncer {
  /** From now on shows what waits in `outside`, and hands answers to it. */
  follow(outside: Outside): void;
  /** Brings the screen in line with what waits and with the settings. */
  refresh(): void;
  /** Takes down what it showed. */
  close(): Promise<void>;
}

/** One notification: what it shows, and of which changes. */
interface Shown {
  notice: Omit<Notice, 'sound'>;
  /** The change it asks about; absent: a summary. */
  change?: OutsideChange;
  /** The changes as they were when it was shown. */
  keys: string[];
}

/** Announces by `notifier`, which is closed by who made it. `onOpen` brings the window forward, at a change. */
export function createOutsideAnnouncer(options: {
  notifier: Notifier;
  clock: Clock;
  logger: Logger;
  settings: () => { enabled: boolean; sound: boolean };
  onOpen: (changeId: string | undefined) => unknown;
}): OutsideAnnouncer {
  const { notifier, clock, logger, settings, onOpen } = options;
  const onScreen = new Map<string, AbortController>();
  const running = new Set<Promise<unknown>>();
  const closing = new AbortController();
  /** Changes that were shown: not again while they wait. */
  const announced = new Set<string>();
  /** When the next notification of a thing may come, and how often one could not be shown. */
  const next = new Map<string, { at: number; failures: number }>();
  let outside: Outside | undefined;
  let cancelSoon: (() => void) | undefined;
  let cancelLater: (() => void) | undefined;
  let cancelLook = () => {};

  function wanted(): Shown[] {
    const changes = outside?.list() ?? [];
    const keys = changes.map(keyOf);
    for (const key of announced) if (!keys.includes(key)) announced.delete(key);
    if (!settings().enabled) return [];
    if (changes.length > maxSingle) return [{ notice: summaryForOutside(changes), keys }];
    return changes.map((change) => ({ notice: noticeForOutside(change), change, keys: [keyOf(change)] }));
  }

  function refresh(): void {
    if (closing.signal.aborted) return;
    try {
      bringInLine(wanted());
    } catch (error) {
      logger.error({ err: error }, 'changes from outside could not be announced');
    }
  }

  function bringInLine(all: readonly Shown[]): void {
    const names = all.map(({ keys }) => keys.join(' '));
    for (const [name, abort] of onScreen) {
      if (names.includes(name)) continue;
      onScreen.delete(name);
      abort.abort();
    }
    let { sound } = settings();
    for (const one of all) {
      if (one.keys.every((key) => announced.has(key))) continue;
      const wait = (next.get(one.notice.id)?.at ?? 0) - clock.now();
      if (wait > 0) {
        cancelLater ??= clock.after(wait, () => {
          cancelLater = undefined;
          refresh();
        });
        continue;
      }
      void show(one, sound);
      // One for all that come together.
      sound = false;
    }
  }

  async function show(shown: Shown, sound: boolean): Promise<void> {
    const { notice, keys } = shown;
    const name = keys.join(' ');
    const abort = new AbortController();
    const failures = next.get(notice.id)?.failures ?? 0;
    onScreen.set(name, abort);
    next.set(notice.id, { at: clock.now() + lookEvery, failures });
    for (const key of keys) announced.add(key);
    const task = notifier.show({ ...notice, sound }, AbortSignal.any([abort.signal, closing.signal]));
    running.add(task);
    try {
      await answer(shown, await task);
    } catch (error) {
      if (abort.signal.aborted || closing.signal.aborted) return;
      logger.warn({ notice: notice.id, reason: String(error) }, 'a notification could not be shown');
      const wait = lookEvery * 2 ** Math.min(failures, mostDoublings);
      next.set(notice.id, { at: clock.now() + wait, failures: failures + 1 });
      for (const key of keys) announced.delete(key);
    } finally {
      running.delete(task);
      if (onScreen.get(name) === abort) onScreen.delete(name);
    }
  }

  async function answer({ change }: Shown, response: NoticeResponse): Promise<void> {
    if (response === 'closed' || closing.signal.aborted) return;
    if (response === 'open' || change === undefined) return open(change);
    try {
      await outside?.decide(change.id, change.digest, response === 'allow' ? 'use' : 'keep');
    } catch (error) {
      // It still waits, perhaps otherwise than it was shown: the window says more.
      logger.warn({ change: change.id, reason: String(error) }, 'a change from outside could not be decided');
      open(change);
    }
  }

  function open(change: OutsideChange | undefined): void {
    try {
      onOpen((change ?? outside?.list()[0])?.id);
    } catch (error) {
      logger.error({ reason: String(error) }, 'what a notification set off has failed');
    }
  }

  function look(): void {
    refresh();
    cancelLook = clock.after(lookEvery, look);
  }

  return {
    follow(all) {
      outside = all;
      all.onChange(() => {
        cancelSoon ??= clock.after(quiet, () => {
          cancelSoon = undefined;
          refresh();
        });
      });
      look();
    },
    refresh,
    async close() {
      cancelSoon?.();
      cancelLater?.();
      cancelLook();
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}

function keyOf({ id, digest }: OutsideChange): string {
  return `${id} ${digest}`;
}
