import type { Logger, Notifier, NotifierStatus } from '../../base/ports.ts';

/**
 * Several notifiers as one: each notification goes to the first that can show it. All are tried again every
 * time, since what was missing (a permission, a daemon) may be there now.
 *
 * @param notifiers At least one, the best first.
 */
export function firstThatWorks(notifiers: readonly Notifier[], logger: Logger): Notifier {
  return {
    async show(notice, signal) {
      let failure: unknown;
      for (const notifier of notifiers) {
        try {
          return await notifier.show(notice, signal);
        } catch (error) {
          failure = error;
          if (signal.aborted) return 'closed';
          logger.info(
            { notifier: notifier.status().kind, reason: String(error) },
            'the next notifier is tried',
          );
        }
      }
      throw failure;
    },
    status: (): NotifierStatus => {
      const all = notifiers.map((notifier) => notifier.status());
      return all.find(({ working }) => working) ?? (all[0] as NotifierStatus);
    },
    async close() {
      await Promise.all(notifiers.map((notifier) => notifier.close()));
    },
  };
}
