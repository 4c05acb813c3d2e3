import type { Notice, NoticeResponse, Notifier, NotifierStatus } from '../../../main/base/ports.ts';

/** A screen in memory: what is on it, and a hand to press with. */
export function createScreen() {
  const shown: { notice: Notice; settle: (response: NoticeResponse) => void }[] = [];
  const history: Notice[] = [];
  let status: NotifierStatus = { kind: 'memory', working: true };
  const notifier: Notifier = {
    status: () => status,
    show(notice, signal) {
      history.push(notice);
      if (!status.working) return Promise.reject(new Error(status.message));
      return new Promise((resolve) => {
        const entry = {
          notice,
          settle(response: NoticeResponse) {
            shown.splice(shown.indexOf(entry), 1);
            resolve(response);
          },
        };
        shown.push(entry);
        signal.addEventListener('abort', () => shown.includes(entry) && entry.settle('closed'));
      });
    },
    close: async () => {},
  };
  return {
    notifier,
    history,
    ids: () => shown.map(({ notice }) => notice.id),
    titles: () => shown.map(({ notice }) => notice.title),
    sounds: () => history.filter(({ sound }) => sound).length,
    async press(id: string, response: NoticeResponse) {
      shown.find(({ notice }) => notice.id === id)?.settle(response);
      await settled();
    },
    setStatus(next: NotifierStatus) {
      status = next;
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));
