import type { MethodName, Params, Result } from '../../../shared/contract.ts';
import { LUMA } from '../../../shared/server-id.ts';
import type { TrayAction } from './menu.ts';

/** Calls a method of the interface, as a window does. */
export type CallApi = <M extends MethodName>(method: M, params: Params<M>) => Promise<Result<M>>;

/** What the tray needs of its surroundings to do what was chosen. */
export interface TrayHands {
  call: CallApi;
  /** At an approval, or a change from outside, if one is named. */
  openWindow(approvalId: string | undefined): void;
  copy(text: string): Promise<void>;
  quit(): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * Does what was chosen in the menu. Rejects with words for the person: an approval that was answered
 * elsewhere meanwhile, settings that cannot be written.
 */
export async function perform(action: TrayAction, hands: TrayHands): Promise<void> {
  const { call } = hands;
  switch (action.do) {
    case 'answer':
      await call('approvals.decide', { id: action.id, answer: action.answer, for: 'once', by: 'tray' });
      return;
    case 'decide outside': {
      const { id, digest, answer } = action;
      try {
        await call('outside.decide', { id, digest, answer });
      } catch (error) {
        // It still waits, perhaps otherwise than the menu said: the window shows it.
        hands.openWindow(id);
        throw error;
      }
      return;
    }
    case 'open':
      hands.openWindow(action.approvalId);
      return;
    case 'guard': {
      const { mode, minutes } = action;
      const until =
        minutes === undefined ? {} : { until: new Date(hands.now() + minutes * 60_000).toISOString() };
      await call('guard.set', { mode, ...until });
      return;
    }
    case 'snooze':
      await call('notifier.snooze', {
        until: new Date(action.until ?? hands.now() + action.ms).toISOString(),
      });
      return;
    case 'end snooze':
      await call('notifier.snooze', {});
      return;
    case 'while snoozed':
      await call('settings.set', { notifications: { whileSnoozed: action.then } });
      return;
    case 'default policy':
      await call('servers.update', { id: action.server ?? LUMA, policyId: action.id });
      return;
    case 'pause':
      await call('clients.pause', { id: action.id });
      return;
    case 'end allowance':
      await call('allowances.revoke', { id: action.id });
      return;
    case 'resume':
      await call('clients.resume', { id: action.id });
      return;
    case 'copy address':
      await hands.copy((await call('state.get', {})).mcpUrl);
      return;
    case 'start at login':
      await call('settings.set', { startAtLogin: action.on });
      return;
    case 'quit':
      hands.quit();
      return;
  }
}
