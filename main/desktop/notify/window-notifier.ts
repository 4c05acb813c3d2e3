import type { Notice, NoticeResponse, Notifier } from '../../base/ports.ts';
import type { Windows } from '../window/windows.ts';

/**
 * The last resort: the small window itself comes forward, without taking the keyboard from what the person
 * is doing, and goes once what it shows is over. It is no answer; the window shows what waits.
 */
export function createWindowNotifier(showQuietly: Windows['showQuietly']): Notifier {
  return {
    async show(notice: Notice, signal: AbortSignal): Promise<NoticeResponse> {
      const isApproval = notice.answerable && !notice.labels && notice.id !== 'test';
      await showQuietly(isApproval ? notice.id : undefined, signal);
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
