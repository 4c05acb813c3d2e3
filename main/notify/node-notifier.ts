/**
 * Notifications on macOS and Windows through the package `node-notifier`, which brings a small program of
 * its own for each: terminal-notifier and SnoreToast.
 */
import type { Logger, Notice, NoticeResponse, Notifier, NotifierStatus } from '../base/ports.ts';
import { oneLine, severalLines } from './text.ts';

const kind = 'node-notifier';

/** Code points; both systems cut far earlier than Linux daemons. */
const maxTitle = 100;
const maxBody = 250;

/** Seconds until macOS takes a notification down; no approval waits as long. */
const timeout = 3_600;

/** What `node-notifier` is asked for: the members that macOS or Windows understands. */
interface NodeNotification {
  title?: string;
  message?: string;
  sound?: boolean;
  wait?: boolean;
  timeout?: number;
  actions?: string[];
  dropdownLabel?: string;
  /** macOS: by what it can be removed. */
  group?: string;
  remove?: string;
  /** Windows: by what it can be closed. */
  id?: string;
  close?: string;
}

/** macOS: which part was activated and, of an action, its label. */
export interface NodeNotifierMetadata {
  activationType?: string;
  activationValue?: string;
}

type Notify = (
  notification: NodeNotification,
  callback: (error: unknown, response?: string, metadata?: NodeNotifierMetadata) => void,
) => unknown;

/** A notifier for macOS (`darwin`) and Windows (`win32`). */
export function createNodeNotifier(options: { platform: NodeJS.Platform; logger: Logger }): Notifier {
  const { platform, logger } = options;
  const closing = new AbortController();
  let problem: string | undefined;
  let lastNumber = 0;

  // Loaded with the first notification: the package looks at the machine as soon as it is imported.
  const load = async (): Promise<Notify> => {
    const { default: notifier } = await import('node-notifier');
    // The published types know neither the actions of Windows nor the groups of macOS.
    return (notification, callback) => (notifier as { notify: Notify }).notify(notification, callback);
  };

  const fail = (reason: unknown): Error => {
    problem =
      `No notification could be shown (${oneLine(String(reason), 200)}). Allow notifications for Greenlight ` +
      `in the system settings. Until then approvals wait in the window.`;
    return new Error(problem, { cause: reason });
  };

  return {
    async show(notice: Notice, signal: AbortSignal): Promise<NoticeResponse> {
      const gone = AbortSignal.any([signal, closing.signal]);
      if (gone.aborted) return 'closed';
      lastNumber += 1;
      const key = `greenlight-${process.pid}-${lastNumber}`;
      let takeDown: (() => void) | undefined;
      try {
        const notify = await load();
        const response = await new Promise<NoticeResponse>((resolve, reject) => {
          takeDown = () => {
            resolve('closed');
            notify(removalOf(key, platform), (error) => {
              if (error) logger.debug({ reason: String(error) }, 'a notification could not be taken down');
            });
          };
          gone.addEventListener('abort', takeDown, { once: true });
          notify(notificationFor(notice, key), (error, response, metadata) => {
            // Neither an error nor an answer: the program ended without showing anything.
            if (error || response === undefined) reject(error || 'the system refused it');
            else resolve(responseOf(response, metadata, notice.labels));
          });
        });
        problem = undefined;
        return response;
      } catch (error) {
        throw fail(error);
      } finally {
        if (takeDown) gone.removeEventListener('abort', takeDown);
      }
    },

    status: (): NotifierStatus =>
      problem === undefined ? { kind, working: true } : { kind, working: false, message: problem },

    async close() {
      closing.abort();
    },
  };
}

const defaultLabels = { allow: 'Allow', deny: 'Deny' };

/** Both answers have a button of their own, so that sweeping a notification away is never an answer. */
function notificationFor(notice: Notice, key: string): NodeNotification {
  const { labels = defaultLabels } = notice;
  return {
    title: oneLine(notice.title, maxTitle),
    message: severalLines(notice.body, maxBody),
    sound: notice.sound,
    wait: true,
    timeout,
    group: key,
    id: key,
    ...(notice.answerable ? { actions: [labels.allow, labels.deny], dropdownLabel: 'Answer' } : {}),
  };
}

function removalOf(key: string, platform: NodeJS.Platform): NodeNotification {
  return platform === 'win32' ? { close: key } : { remove: key };
}

/**
 * What the person did, from what the package's callback is given. Windows answers with the button's label
 * in lower case; macOS with `activate` for a click and a button alike, and tells them apart in `metadata`.
 * Anything else (`timeout`, `dismissed`, `closed`) is no answer.
 */
export function responseOf(
  response: string,
  metadata: NodeNotifierMetadata = {},
  labels: NonNullable<Notice['labels']> = defaultLabels,
): NoticeResponse {
  const button = metadata.activationType?.toLowerCase() === 'actionclicked';
  const pressed = button ? metadata.activationValue?.trim().toLowerCase() : response;
  if (pressed === labels.allow.toLowerCase()) return 'allow';
  if (pressed === labels.deny.toLowerCase()) return 'deny';
  return response === 'activate' && !button ? 'open' : 'closed';
}
