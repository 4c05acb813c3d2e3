/**
 * Notifications through Electron's own `Notification`: with *Allow*, *Deny* and a field for a reason on
 * macOS and Windows. On Linux it shows no buttons (the documentation of `NotificationAction` names macOS and
 * Windows; electron issue 24333), so there it comes after notify-send.
 */
import type { NotificationConstructorOptions } from 'electron';
import type { Clock, Notice, NoticeResponse, Notifier, NotifierStatus } from '../../base/ports.ts';
import { oneLine, severalLines } from '../../notify/text.ts';
import type { Electron, NotificationPart } from '../electron.ts';

const kind = 'Electron notification';

/** Code points; both systems cut far earlier than Linux daemons. */
const maxTitle = 100;
const maxBody = 250;

/** Code points of a reason. The agent reads it. */
const maxReason = 500;

/** Milliseconds within which a press reaches the notification itself, when it still lives in this process. */
const ownPress = 300;

const unsupported = 'this system has no notifications';

const answers = ['allow', 'deny'] as const;

/** A notifier that shows Electron's notifications. */
export function createElectronNotifier(options: {
  electron: Pick<Electron, 'Notification'>;
  platform: NodeJS.Platform;
  clock: Clock;
  /** A notification of an earlier run was pressed: what it asked is over, there is only the window. */
  onLeftover: () => void;
}): Notifier {
  const { platform, clock } = options;
  const { Notification } = options.electron;
  const closing = new AbortController();
  /** Kept, since a notification that is collected loses its listeners. */
  const onScreen = new Set<NotificationPart>();
  let problem: string | undefined;
  let lastPress = Number.NEGATIVE_INFINITY;

  // Windows alone: it also starts Greenlight for a notification that was pressed after it had ended.
  if (platform === 'win32') {
    Notification.handleActivation?.(() => {
      clock.after(ownPress, () => {
        if (clock.now() - lastPress > 2 * ownPress) options.onLeftover();
      });
    });
  }

  const fail = (reason: string): Error => {
    const why = reason.trim() === '' ? '' : ` (${oneLine(reason, 200)})`;
    problem = `No notification could be shown${why}. ${remedy(platform)} Until then approvals wait in the window.`;
    return new Error(problem);
  };

  return {
    show(notice: Notice, signal: AbortSignal): Promise<NoticeResponse> {
      if (!Notification.isSupported()) return Promise.reject(fail(unsupported));
      const gone = AbortSignal.any([signal, closing.signal]);
      if (gone.aborted) return Promise.resolve('closed');
      const notification = new Notification(notificationFor(notice));
      const { promise, resolve, reject } = Promise.withResolvers<NoticeResponse>();
      const pressed = (response: NoticeResponse) => {
        lastPress = clock.now();
        resolve(response);
        // On Linux it would stay for ever.
        notification.close();
      };
      const takeDown = () => {
        resolve('closed');
        notification.close();
      };
      notification.on('show', () => {
        problem = undefined;
      });
      notification.on('click', () => pressed('open'));
      notification.on('action', ({ actionIndex }) => pressed(answers[actionIndex] ?? 'open'));
      notification.on('reply', ({ reply }) => pressed(replyResponse(reply)));
      notification.on('close', ({ reason }) => {
        // Off the screen, but still in the Action Center, where it can be pressed until it is taken down.
        if (platform === 'win32' && reason === 'timedOut') return;
        resolve('closed');
      });
      notification.on('failed', (_event, error) => reject(fail(error)));
      gone.addEventListener('abort', takeDown, { once: true });
      onScreen.add(notification);
      notification.show();
      return promise.finally(() => {
        gone.removeEventListener('abort', takeDown);
        onScreen.delete(notification);
      });
    },

    status: (): NotifierStatus =>
      problem === undefined && Notification.isSupported()
        ? { kind, working: true }
        : { kind, working: false, message: problem ?? fail(unsupported).message },

    async close() {
      closing.abort();
    },
  };
}

function remedy(platform: NodeJS.Platform): string {
  return platform === 'linux'
    ? "Start your desktop's notification service, or one such as dunst or mako."
    : 'Allow notifications for Greenlight in the system settings.';
}

function notificationFor(notice: Notice): NotificationConstructorOptions {
  const { allow, deny } = notice.labels ?? { allow: 'Allow', deny: 'Deny' };
  return {
    title: oneLine(notice.title, maxTitle),
    body: severalLines(notice.body, maxBody),
    silent: !notice.sound,
    // It stays until it is answered, or until the approval is over.
    timeoutType: 'never',
    urgency: 'normal',
    ...(notice.answerable && {
      actions: [
        { type: 'button', text: allow },
        { type: 'button', text: deny },
      ],
      ...(!notice.labels && { hasReply: true, replyPlaceholder: 'Deny and say why' }),
    }),
  };
}

/** A reason denies; a reply without words says nothing, so it only opens the approval. */
function replyResponse(reply: string): NoticeResponse {
  const reason = severalLines(reply.trim(), maxReason);
  return reason === '' ? 'open' : { answer: 'deny', reason };
}
