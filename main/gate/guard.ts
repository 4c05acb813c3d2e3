import type { GuardSettings } from '../../shared/settings.ts';
import { createListeners } from '../base/listeners.ts';
import type { Clock, Logger } from '../base/ports.ts';

/** How long *allow without asking* lasts when nobody said (ms). It never lasts for ever. */
const DEFAULT_ALLOW = 15 * 60_000;

/** The guard mode: what the tray toggles. */
export interface Guard {
  /** The mode in force now; one whose time is over is `policy` again. */
  current(): GuardSettings;
  /** Throws when it cannot be kept; then the mode is what it was. */
  set(mode: GuardSettings): GuardSettings;
  /** Calls `listener` with the mode now in force whenever it was set or ended; until the returned function is called. */
  onChange(listener: (guard: GuardSettings) => void): () => void;
  close(): void;
}

/** The guard mode kept by `read` and `write` (the settings), ended by `clock`. */
export function createGuard(parts: {
  clock: Clock;
  logger: Logger;
  read: () => GuardSettings;
  write: (guard: GuardSettings) => void;
}): Guard {
  const { clock, read, write } = parts;
  const listeners = createListeners<(guard: GuardSettings) => void>(parts.logger);
  let cancel = () => {};

  function current(): GuardSettings {
    const guard = read();
    if (guard.until === undefined) {
      // Only settings that were edited by hand say *allow* without an end.
      return guard.mode === 'allow' ? { mode: 'policy' } : guard;
    }
    return Date.parse(guard.until) > clock.now() ? guard : { mode: 'policy' };
  }

  function tell(): void {
    const guard = current();
    cancel();
    if (guard.until !== undefined) cancel = clock.after(Date.parse(guard.until) - clock.now(), tell);
    listeners.tell(guard);
  }

  tell();
  return {
    current,
    set(guard) {
      const until =
        guard.until ??
        (guard.mode === 'allow' ? new Date(clock.now() + DEFAULT_ALLOW).toISOString() : undefined);
      write(
        until === undefined || guard.mode === 'policy' ? { mode: guard.mode } : { mode: guard.mode, until },
      );
      tell();
      return current();
    },
    onChange: listeners.add,
    close: () => cancel(),
  };
}
