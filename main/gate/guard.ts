import type { GuardSettings, KeptGuard } from '../../shared/settings.ts';
import { createListeners } from '../base/listeners.ts';
import type { Logger, Time } from '../base/ports.ts';

/** How long *allow without asking* lasts when nobody said (ms). It never lasts for ever. */
const DEFAULT_ALLOW = 15 * 60_000;

/** The guard mode: what the tray toggles. */
export interface Guard {
  /** The mode in force now, and until when by the wall clock; one whose time is over is `policy` again. */
  current(): GuardSettings;
  /** Throws when it cannot be kept; then the mode is what it was. */
  set(mode: GuardSettings): GuardSettings;
  /** Ends a mode whose time was over while timers did not run (the machine slept). */
  catchUp(): void;
  /** Calls `listener` with the mode now in force whenever it was set or ended; until the returned function is called. */
  onChange(listener: (guard: GuardSettings) => void): () => void;
  close(): void;
}

/**
 * The guard mode kept by `read` and `write` (the settings). One with an end is over when `time` says so, whatever
 * the wall clock is set to; *allow without asking* also when the wall clock does.
 */
export function createGuard(parts: {
  time: Time;
  logger: Logger;
  read: () => KeptGuard;
  write: (guard: KeptGuard) => void;
}): Guard {
  const { time, read, write } = parts;
  const listeners = createListeners<(guard: GuardSettings) => void>(parts.logger);
  let cancel = () => {};
  /** By `time`: the end of a mode that was written into the settings by hand, with the `until` that it says. */
  let byHand: { until: string; end: number } | undefined;

  function leftUntil(until: string, now = time.now()): number {
    return Date.parse(until) - time.toWall(now);
  }

  /** How long the kept mode is still in force at `now` (ms); it has an end. */
  function left({ mode, until, end }: KeptGuard & { until: string }, now: number): number {
    if (end === undefined && byHand?.until !== until) byHand = { until, end: now + leftUntil(until, now) };
    const byTime = (end ?? byHand?.end ?? 0) - now;
    // Only a permission ends early: a block that a clock can be set past is none.
    return mode === 'allow' ? Math.min(leftUntil(until, now), byTime) : byTime;
  }

  function current(): GuardSettings {
    const { mode, until, end } = read();
    // Only settings that were edited by hand say *allow* without an end.
    if (until === undefined) return { mode: mode === 'allow' ? 'policy' : mode };
    // One moment for both: a millisecond between them would be added to the end.
    const now = time.now();
    const rest = left({ mode, until, end }, now);
    if (rest <= 0) return { mode: 'policy' };
    return { mode, until: new Date(time.toWall(now) + rest).toISOString() };
  }

  function tell(): void {
    const guard = current();
    cancel();
    if (guard.until !== undefined) cancel = time.after(leftUntil(guard.until), tell);
    listeners.tell(guard);
  }

  tell();
  return {
    current,
    set({ mode, until }) {
      const now = time.now();
      const span = until !== undefined ? leftUntil(until, now) : mode === 'allow' ? DEFAULT_ALLOW : undefined;
      if (span === undefined || mode === 'policy') write({ mode });
      else {
        write({ mode, until: new Date(time.toWall(now) + span).toISOString(), end: Math.floor(now + span) });
      }
      tell();
      return current();
    },
    catchUp: tell,
    onChange: listeners.add,
    close: () => cancel(),
  };
}
