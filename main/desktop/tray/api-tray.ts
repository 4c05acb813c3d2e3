import type { MethodName, Params, Result } from '../../../shared/contract.ts';
import type { Api } from '../../api/api.ts';
import type { Logger } from '../../base/ports.ts';
import type { Machine } from '../machine.ts';
import type { Quitting } from '../quit.ts';
import type { Windows } from '../window/windows.ts';
import { type CallApi, perform } from './actions.ts';
import type { TrayView } from './menu.ts';
import { openTray, type Tray } from './tray.ts';

/** How long after a call the tray is drawn anew (ms), once for all calls of that time: what was spent has changed. */
const AFTER_CALLS = 1_000;

/** And how often in any case (ms). */
const LOOK_EVERY = 600_000;

/** The tray as one more interface to the core: it asks what a window asks and follows the same events. */
export async function openApiTray(parts: {
  machine: Machine;
  icons: string;
  api: Api;
  windows: Windows;
  quitting: Quitting;
  logger: Logger;
}): Promise<Tray> {
  const { machine, icons, api, windows, quitting, logger } = parts;
  const { electron, platform, clock } = machine;
  // What a method returns is checked by its handler's type.
  const call: CallApi = <M extends MethodName>(method: M, params: Params<M>) =>
    api.call(method, params) as Promise<Result<M>>;

  const view = async (): Promise<TrayView> => {
    const [state, { approvals }, { changes }, { policies }, { counters }, { allowances }, settings] =
      await Promise.all([
        call('state.get', {}),
        call('approvals.list', {}),
        call('outside.list', {}),
        call('policies.list', {}),
        call('limits.list', {}),
        call('allowances.list', {}),
        call('settings.get', {}),
      ]);
    const { startAtLogin, costUnit, notifications } = settings;
    return {
      state,
      approvals,
      changes,
      policies,
      counters,
      allowances,
      costUnit,
      startAtLogin,
      whileSnoozed: notifications.whileSnoozed,
      now: clock.wall(),
    };
  };

  const hands = {
    call,
    openWindow: windows.open,
    copy: (text: string) => electron.clipboard.writeText(text),
    quit: quitting.asked,
    now: clock.wall,
  };
  const tray = await openTray({
    electron,
    platform,
    icons,
    clock,
    logger,
    view,
    perform: (action) => perform(action, hands),
    async onClick() {
      // Where that is not known, a window is still what the person wants.
      const { pending } = await call('state.get', {}).catch(() => ({ pending: 0 }));
      if (pending > 0) windows.openCompact();
      else windows.open();
    },
  });
  // What it says of tomorrow is another thing after midnight.
  let cancelLook = () => {};
  const look = () => {
    cancelLook = clock.after(LOOK_EVERY, look);
    void tray.refresh();
  };
  cancelLook = clock.after(LOOK_EVERY, look);
  let cancelAfterCalls: (() => void) | undefined;
  const afterCalls = () => {
    cancelAfterCalls ??= clock.after(AFTER_CALLS, () => {
      cancelAfterCalls = undefined;
      void tray.refresh();
    });
  };
  const unsubscribe = api.subscribe((event, data) => {
    if (event === 'activity' || ('what' in data && data.what === 'activity')) afterCalls();
    else void tray.refresh();
  });
  return {
    ...tray,
    close() {
      unsubscribe();
      cancelLook();
      cancelAfterCalls?.();
      tray.close();
    },
  };
}
