/**
 * Which notifications are on the screen: one per approval that waits, a summary when there are many, none
 * that is out of date. Knows no platform; a notification only ever speeds an answer up, the approval is
 * kept by the gate and stays answerable in the window.
 */
import { createListeners } from '../base/listeners.ts';
import type { Clock, Logger, Notice, NoticeResponse, Notifier, NotifierStatus } from '../base/ports.ts';
import { type AnnouncedApproval, noticeFor, summaryFor, testNotice } from './notice.ts';

/** More notifications than this become one. */
const maxSingle = 3;

/** Milliseconds between two sounds, and between two changes of the summary. */
const soundGap = 3_000;
const summaryGap = 1_000;

/** Milliseconds after which a notifier that said nothing has shown what it was given. */
const settleTime = 2_000;

/** Milliseconds until a question is shown again that nobody answered: its notification was closed, or not shown. */
const againAfter = { closed: 60_000, failed: 30_000 };

/** Milliseconds that a test stays on the screen. */
const testTime = 30_000;

/** Shows what waits. */
export interface Announcer {
  /** Told the approvals that wait now, whenever that changes; brings the screen in line with them. */
  update(pending: readonly AnnouncedApproval[]): void;
  status(): NotifierStatus;
  /** Calls `listener` when `status()` has changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Says `notice`, which asks nothing, where the person wants notifications; a click opens the window. */
  say(notice: { id: string; title: string; body: string }): void;
  /** Shows a test notification. Rejects when it cannot be shown; `closed` also when nobody answers. */
  test(): Promise<Exclude<NoticeResponse, object>>;
  /** Takes down what it showed. The notifier itself is closed by who made it. */
  close(): Promise<void>;
}

/** Announces by `notifier`. */
export function createAnnouncer(options: {
  notifier: Notifier;
  clock: Clock;
  logger: Logger;
  settings: () => { enabled: boolean; sound: boolean };
  /** The person pressed a button. The approval was waiting when it happened. */
  onAnswer: (approvalId: string, answer: 'allow' | 'deny', reason?: string) => unknown;
  /** The person clicked a notification: of an approval, or a summary or test (`undefined`). */
  onOpen: (approvalId: string | undefined) => unknown;
}): Announcer {
  const { notifier, clock, logger, settings, onAnswer, onOpen } = options;
  const listeners = createListeners<() => void>(logger);
  const singles = new Map<string, AbortController>();
  const running = new Set<Promise<unknown>>();
  const closing = new AbortController();
  /** Approvals that were on the screen, alone or in a summary: no sound for them again. */
  const announced = new Set<string>();
  /** Approvals that the person has answered or opened: not shown again. */
  const settled = new Set<string>();
  /** Approvals whose notification went without an answer, or could not be shown: shown again later. */
  const resting = new Set<string>();
  const rests = new Set<() => void>();
  let waiting: readonly AnnouncedApproval[] = [];
  let summary: { shows: string; abort: AbortController } | undefined;
  let cancelSummary: (() => void) | undefined;
  let lastSummary = Number.NEGATIVE_INFINITY;
  let lastSound = Number.NEGATIVE_INFINITY;
  let toldStatus = statusText();

  function statusText(): string {
    return JSON.stringify(notifier.status());
  }

  function checkStatus(): void {
    const now = statusText();
    if (now === toldStatus) return;
    toldStatus = now;
    listeners.tell();
  }

  /** What the host does with an answer is its own business; it must not end ours. */
  async function safely(task: () => unknown): Promise<void> {
    try {
      await task();
    } catch (error) {
      logger.error({ reason: String(error) }, 'what a notification set off has failed');
    }
  }

  function maySound(): boolean {
    if (!settings().sound || clock.now() - lastSound < soundGap) return false;
    lastSound = clock.now();
    return true;
  }

  /** Shows `notice` and hands on what came of it; a failure is logged and reported. */
  async function show(
    notice: Notice,
    signal: AbortSignal,
    onResponse: (response: NoticeResponse | 'failed') => void,
  ): Promise<void> {
    try {
      onResponse(await tracked(notice, signal));
    } catch (error) {
      logger.warn({ notice: notice.id, reason: String(error) }, 'a notification could not be shown');
      onResponse('failed');
    }
  }

  /** Has these shown again later, all at once. */
  function rest(ids: readonly string[], why: keyof typeof againAfter): void {
    if (closing.signal.aborted) return;
    for (const id of ids) resting.add(id);
    const cancel = clock.after(againAfter[why], () => {
      rests.delete(cancel);
      for (const id of ids) resting.delete(id);
      refresh();
    });
    rests.add(cancel);
  }

  async function tracked(notice: Notice, signal: AbortSignal): Promise<NoticeResponse> {
    const cancel = clock.after(settleTime, checkStatus);
    const task = notifier.show(notice, AbortSignal.any([signal, closing.signal]));
    running.add(task);
    try {
      return await task;
    } finally {
      cancel();
      running.delete(task);
      checkStatus();
    }
  }

  /** Whether showing `approvals` makes a sound: some of them are new, and none was heard just now. */
  function soundFor(approvals: readonly AnnouncedApproval[]): boolean {
    const fresh = approvals.some(({ id }) => !announced.has(id));
    for (const { id } of approvals) announced.add(id);
    return fresh && maySound();
  }

  function showSingle(approval: AnnouncedApproval): void {
    const { id } = approval;
    const abort = new AbortController();
    singles.set(id, abort);
    const notice = { ...noticeFor(approval), sound: soundFor([approval]) };
    void show(notice, abort.signal, (response) => {
      if (singles.get(id) === abort) singles.delete(id);
      // A press that crossed with our taking it down still counts, as long as somebody waits for it.
      if ((response === 'closed' || response === 'failed') && abort.signal.aborted) return;
      if (!waiting.some((other) => other.id === id)) return;
      if (response === 'closed' || response === 'failed') return rest([id], response);
      settled.add(id);
      if (response === 'open') void safely(() => onOpen(id));
      else if (typeof response === 'object') void safely(() => onAnswer(id, 'deny', response.reason));
      else void safely(() => onAnswer(id, response));
    });
  }

  function showSummary(): void {
    const covered = waiting;
    const abort = new AbortController();
    const shows = covered.map(({ id }) => id).join(' ');
    summary = { shows, abort };
    lastSummary = clock.now();
    const notice = { ...summaryFor(covered), sound: soundFor(covered) };
    void show(notice, abort.signal, (response) => {
      if (summary?.abort === abort) summary = undefined;
      if ((response === 'closed' || response === 'failed') && abort.signal.aborted) return;
      const ids = covered.map(({ id }) => id);
      if (response === 'closed' || response === 'failed') return rest(ids, response);
      for (const id of ids) settled.add(id);
      if (response === 'open') void safely(() => onOpen(undefined));
    });
  }

  function dropSingle(id: string): void {
    singles.get(id)?.abort();
    singles.delete(id);
  }

  function dropSummary(): void {
    cancelSummary?.();
    cancelSummary = undefined;
    summary?.abort.abort();
    summary = undefined;
  }

  /** Brings the screen in line with `waiting`. */
  function refresh(): void {
    const ids = new Set(waiting.map(({ id }) => id));
    for (const seen of [settled, resting, announced]) {
      for (const id of seen) if (!ids.has(id)) seen.delete(id);
    }
    const wanted = settings().enabled ? waiting.filter(({ id }) => !settled.has(id) && !resting.has(id)) : [];

    if (wanted.length > maxSingle) {
      for (const id of [...singles.keys()]) dropSingle(id);
      refreshSummary();
      return;
    }
    dropSummary();
    for (const id of [...singles.keys()]) if (!wanted.some((approval) => approval.id === id)) dropSingle(id);
    for (const approval of wanted) {
      if (!singles.has(approval.id)) showSingle(approval);
    }
  }

  /** A burst of approvals changes the summary once, not once for each. */
  function refreshSummary(): void {
    if (summary?.shows === waiting.map(({ id }) => id).join(' ')) return;
    const wait = lastSummary + summaryGap - clock.now();
    if (wait > 0) {
      cancelSummary ??= clock.after(wait, () => {
        cancelSummary = undefined;
        refresh();
      });
      return;
    }
    dropSummary();
    showSummary();
  }

  return {
    update(pending) {
      if (closing.signal.aborted) return;
      waiting = pending.filter(({ state }) => state === 'pending');
      refresh();
    },

    status: () => notifier.status(),
    onChange: listeners.add,

    say(notice) {
      if (closing.signal.aborted || !settings().enabled) return;
      const abort = new AbortController();
      void show({ ...notice, answerable: false, sound: maySound() }, abort.signal, (response) => {
        if (response === 'open') void safely(() => onOpen(undefined));
      });
    },

    async test() {
      const abort = new AbortController();
      const cancel = clock.after(testTime, () => abort.abort());
      try {
        const response = await tracked({ ...testNotice, sound: maySound() }, abort.signal);
        if (response === 'open') void safely(() => onOpen(undefined));
        return typeof response === 'object' ? response.answer : response;
      } finally {
        cancel();
      }
    },

    async close() {
      cancelSummary?.();
      for (const cancel of rests) cancel();
      // An answer that arrives from here on has nobody to go to.
      waiting = [];
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}
