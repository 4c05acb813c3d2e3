import type { BridgeAnswer } from '../../../shared/desktop-bridge.ts';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import type { Api } from '../../api/api.ts';
import type { Logger } from '../../base/ports.ts';
import type { Electron, SenderPart } from '../electron.ts';
import { isOwn } from './address.ts';
import { CALL, CANCEL, EVENT, SUBSCRIBE } from './channels.ts';

/** Answers the windows over IPC and pushes events to those that subscribed. */
export function serveWindows(ipcMain: Electron['ipcMain'], api: Api, logger: Logger): void {
  const subscribers = new Map<SenderPart['sender'], () => void>();
  const drop = (sender: SenderPart['sender']) => {
    subscribers.get(sender)?.();
    subscribers.delete(sender);
  };

  /** The calls that each page waits for, by the ids it gave them. */
  const calls = new Map<SenderPart['sender'], Map<string, AbortController>>();
  const callsOf = (sender: SenderPart['sender']) => {
    const known = calls.get(sender) ?? new Map<string, AbortController>();
    if (!calls.has(sender)) {
      calls.set(sender, known);
      sender.once('destroyed', () => {
        for (const call of known.values()) call.abort();
        calls.delete(sender);
      });
    }
    return known;
  };

  ipcMain.handle(CALL, async (event, method, params, id) => {
    if (!fromOwnPage(event)) {
      logger.error({}, 'a message of a foreign frame was refused');
      throw new Error('Greenlight answers only its own page.');
    }
    const waiting = callsOf(event.sender);
    const call = new AbortController();
    waiting.set(String(id), call);
    try {
      return JSON.stringify(await answer(api, method, params, call.signal));
    } finally {
      waiting.delete(String(id));
    }
  });

  ipcMain.on(CANCEL, (event, id) => {
    if (fromOwnPage(event)) calls.get(event.sender)?.get(String(id))?.abort();
  });

  ipcMain.on(SUBSCRIBE, (event) => {
    if (!fromOwnPage(event)) {
      logger.error({}, 'a message of a foreign frame was refused');
      return;
    }
    const { sender } = event;
    // A page that was loaded anew subscribes anew, in place of the one before it.
    if (!subscribers.has(sender)) sender.once('destroyed', () => drop(sender));
    drop(sender);
    subscribers.set(
      sender,
      api.subscribe((name, data) => {
        try {
          if (!sender.isDestroyed()) sender.send(EVENT, name, JSON.stringify(data));
        } catch (error) {
          // Its renderer is gone; when it comes back it loads everything anew.
          logger.warn({ reason: String(error) }, 'an event did not reach a window');
        }
      }),
    );
  });
}

/** The page itself, not a frame in it, and only as long as it is ours. */
function fromOwnPage({ sender, senderFrame }: SenderPart): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwn(senderFrame.url);
}

async function answer(
  api: Api,
  method: unknown,
  params: unknown,
  signal: AbortSignal,
): Promise<BridgeAnswer> {
  try {
    return { result: await api.call(String(method), parse(params), signal) };
  } catch (error) {
    if (!(error instanceof UserFacingError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

function parse(params: unknown): unknown {
  try {
    return JSON.parse(String(params));
  } catch {
    throw new UserFacingError('invalid', 'The parameters are not valid JSON.');
  }
}
