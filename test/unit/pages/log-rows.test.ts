import { describe, expect, it } from 'vitest';
import { type LogPage, type LogPlace, LogRows, PAGE } from '../../../renderer/activity/log-rows.ts';
import type { ActivityRow } from '../../../shared/contract.ts';
import { manyRows, numberedRow } from './rows.ts';

/** A log that answers as `activity.query` does, and what it was asked. */
function logOf(count: number) {
  const log = {
    rows: manyRows(count),
    asked: [] as LogPlace[],
    failing: false,
    /** Where counting stops. */
    counted: Number.POSITIVE_INFINITY,
    signals: [] as AbortSignal[],
    held: undefined as Promise<void> | undefined,
  };
  async function fetch(place: LogPlace, signal: AbortSignal): Promise<LogPage> {
    log.asked.push(place);
    log.signals.push(signal);
    const { rows } = log;
    await log.held;
    if (log.failing) throw new Error('Greenlight does not answer.');
    const start = place.before === undefined ? 0 : rows.findIndex(({ id }) => id === place.before) + 1;
    const from = start + (place.skip ?? 0);
    const page = rows.slice(from, from + place.limit);
    const more = from + place.limit < rows.length;
    return {
      rows: page,
      ...(more && { next: page.at(-1)?.id }),
      ...(place.before === undefined && { total: Math.min(rows.length, log.counted) }),
      ...(place.before === undefined && rows.length > log.counted && { more: true as const }),
    };
  }
  return { log, fetch };
}

/** Lets every answer that is on its way arrive. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function loaded(count: number, matches: (row: ActivityRow) => boolean = () => true) {
  const { log, fetch } = logOf(count);
  const rows = new LogRows(fetch, matches);
  await rows.load();
  return { log, rows };
}

describe('the rows of the log', () => {
  it('are loaded anew when asked for, where too many came to be told', async () => {
    const { log, rows } = await loaded(500);
    log.rows = manyRows(600);
    rows.crowd();
    rows.live(numberedRow(600));
    expect(rows.view()).toMatchObject({ count: 500, fresh: 'many' });
    rows.showFresh();
    // What comes while the answer is on its way may not be in it.
    rows.crowd();
    await settle();
    expect(rows.view()).toMatchObject({ count: 600, fresh: 'many' });
    rows.showFresh();
    await settle();
    expect(rows.view()).toMatchObject({ count: 600, fresh: 0 });
  });

  it('know how long the list is after one page', async () => {
    const { rows } = await loaded(100_000);
    expect(rows.view()).toEqual({ status: 'ready', count: 100_000, more: false, fresh: 0 });
    expect(rows.row(0)?.id).toBe('row-99999');
    expect(rows.row(PAGE)).toBeUndefined();
  });

  it('are more than were counted, and come as the end of the list is seen', async () => {
    const { log, fetch } = logOf(1250);
    log.counted = 1000;
    const rows = new LogRows(fetch, () => true);
    await rows.load();
    expect(rows.view()).toMatchObject({ count: 1000, more: true });
    rows.want(980, 999);
    await settle();
    expect(rows.view()).toMatchObject({ count: 1001, more: true });
    for (let turn = 0; turn < 3; turn++) {
      rows.want(rows.view().count - 20, rows.view().count - 1);
      await settle();
    }
    expect(rows.view()).toMatchObject({ count: 1250, more: false });
    expect(rows.row(1249)?.id).toBe('row-0');
  });

  it('end what they asked for when it is asked again, and when nobody looks any more', async () => {
    const { log, fetch } = logOf(300);
    let arrive = () => {};
    log.held = new Promise((resolve) => {
      arrive = resolve;
    });
    const rows = new LogRows(fetch, () => true);
    const first = rows.load();
    const second = rows.load();
    expect(log.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    rows.close();
    expect(log.signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    arrive();
    await Promise.all([first, second]);
    expect(rows.view()).toMatchObject({ status: 'loading', count: 0 });
  });

  it('load what is seen, however far down, without what lies between', async () => {
    const { rows, log } = await loaded(100_000);
    rows.want(73_450, 73_480);
    await settle();
    expect(rows.row(73_450)?.id).toBe(`row-${99_999 - 73_450}`);
    expect(log.asked.length).toBe(2);
    rows.want(99_980, 99_999);
    await settle();
    expect(rows.row(99_999)?.id).toBe('row-0');
  });

  it('load both pages where what is seen lies across them', async () => {
    const { rows } = await loaded(1000);
    rows.want(PAGE * 3 - 5, PAGE * 3 + 5);
    await settle();
    for (let index = PAGE * 3 - 5; index <= PAGE * 3 + 5; index++)
      expect(rows.row(index)?.id).toBe(`row-${999 - index}`);
  });

  it('ask for what is seen now, not for all that was scrolled past', async () => {
    const { rows, log } = await loaded(100_000);
    let release = () => {};
    log.held = new Promise((resolve) => {
      release = resolve;
    });
    for (let index = PAGE; index < 50_000; index += PAGE) rows.want(index, index + 20);
    release();
    await settle();
    await settle();
    // The first page, the one that was under way, and the last one wanted.
    expect(log.asked.length).toBeLessThanOrEqual(4);
    expect(rows.row(49_910)).toBeDefined();
  });

  it('keep a bounded number of rows, whatever was looked at', async () => {
    const { rows } = await loaded(20_000);
    for (let index = 0; index < 20_000; index += PAGE) {
      rows.want(index, index + 20);
      await settle();
    }
    let held = 0;
    for (let index = 0; index < 20_000; index++) if (rows.row(index)) held++;
    expect(held).toBeLessThanOrEqual(14 * PAGE);
    rows.want(500, 520);
    await settle();
    expect(rows.row(500)?.id).toBe('row-19499');
  });

  it('hold new rows back until they are asked for, so that nothing moves', async () => {
    const { rows } = await loaded(500);
    rows.want(300, 320);
    await settle();
    const seen = rows.row(310);
    rows.live(numberedRow(500));
    rows.live(numberedRow(501));
    expect(rows.view()).toMatchObject({ count: 500, fresh: 2 });
    expect(rows.row(310)).toBe(seen);

    rows.showFresh();
    expect(rows.view()).toMatchObject({ count: 502, fresh: 0 });
    expect(rows.row(0)?.id).toBe('row-501');
    expect(rows.row(312)).toBe(seen);
  });

  it('put a row that changes in the place it has', async () => {
    const { rows } = await loaded(500);
    rows.want(300, 320);
    await settle();
    rows.live(numberedRow(495, { outcome: 'denied' }));
    rows.live(numberedRow(190, { outcome: 'denied' }));
    expect(rows.row(4)?.outcome).toBe('denied');
    expect(rows.row(309)?.outcome).toBe('denied');
    expect(rows.view()).toMatchObject({ count: 500, fresh: 0 });
  });

  it('do not take an old row that changes for a new one', async () => {
    const { rows } = await loaded(500);
    rows.live(numberedRow(3, { outcome: 'denied' }));
    expect(rows.view().fresh).toBe(0);
  });

  it('leave out new rows that the filter leaves out', async () => {
    const { rows } = await loaded(5, ({ outcome }) => outcome === 'denied');
    rows.live(numberedRow(6));
    rows.live(numberedRow(7, { outcome: 'denied' }));
    expect(rows.view().fresh).toBe(1);
  });

  it('neither lose nor double a row that comes in while the list is loading', async () => {
    const { log, fetch } = logOf(3);
    const rows = new LogRows(fetch, () => true);
    let release = () => {};
    log.held = new Promise((resolve) => {
      release = resolve;
    });
    const loading = rows.load();
    rows.live(numberedRow(2));
    rows.live(numberedRow(3));
    release();
    await loading;
    expect(rows.view()).toMatchObject({ count: 3, fresh: 1 });
  });

  it('say why they could not be loaded, and load when asked again', async () => {
    const { log, fetch } = logOf(300);
    log.failing = true;
    const rows = new LogRows(fetch, () => true);
    await rows.load();
    expect(rows.view()).toMatchObject({ status: 'failed', error: new Error('Greenlight does not answer.') });
    log.failing = false;
    rows.retry();
    await settle();
    expect(rows.view()).toEqual({ status: 'ready', count: 300, more: false, fresh: 0 });
  });

  it('keep what they have when a page further down cannot be had', async () => {
    const { rows, log } = await loaded(1000);
    log.failing = true;
    rows.want(500, 520);
    await settle();
    expect(rows.view()).toMatchObject({ status: 'ready', count: 1000 });
    expect(rows.view().error).toBeInstanceOf(Error);
    log.failing = false;
    rows.retry();
    await settle();
    expect(rows.row(510)).toBeDefined();
    expect(rows.view().error).toBeUndefined();
  });

  it('become shorter when rows have left the list since they were counted', async () => {
    const { rows, log } = await loaded(250);
    log.rows = log.rows.slice(0, 220);
    rows.want(200, 249);
    await settle();
    expect(rows.view().count).toBe(220);
  });
});
