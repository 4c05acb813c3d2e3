import type { Notice, NoticeResponse, Notifier } from '../../base/ports.ts';

/**
 * The last resort: the small window itself comes forward, without taking the keyboard from what the person
 * is doing. It is no answer; the window shows what waits.
 */
export function createWindowNotifier(showQuietly: (approvalId: string | undefined) => void): Notifier {
  return {
    async show(notice: Notice, signal: AbortSignal): Promise<NoticeResponse> {
      if (!signal.aborted) {
        showQuietly(notice.answerable && !notice.labels && notice.id !== 'test' ? notice.id : undefined);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      }
      return 'closed';
    },
    // What is wrong with the notifications is said by the notifiers before it.
    status: () => ({
      kind: 'window',
      working: false,
      message: 'Notifications cannot be shown; the window comes forward instead.',
    }),
    async close() {},
  };
}
