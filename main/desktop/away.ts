import type { Greenlight } from '../greenlight.ts';
import type { Electron } from './electron.ts';

/** After how long (s) without a key or a movement nobody is there. */
const AWAY_AFTER = 600;

/** How often it is looked whether somebody is there (ms). */
const LOOK_EVERY = 60_000;

/**
 * Ends what lets calls pass without asking when the screen is locked or the person is away, if they want that.
 */
export function askAgainWhenAway(parts: {
  powerMonitor: Electron['powerMonitor'];
  core: Pick<Greenlight, 'allowances' | 'guard' | 'settings' | 'clock' | 'logger'>;
}): void {
  const { powerMonitor, core } = parts;

  function away(why: string): void {
    if (!core.settings.get().askAgainWhenAway) return;
    try {
      const ended = core.allowances.revokeAllowing();
      const allowing = core.guard.current().mode === 'allow';
      if (allowing) core.guard.set({ mode: 'policy' });
      if (ended || allowing) core.logger.info({ why }, 'what let calls pass without asking was ended');
    } catch (error) {
      core.logger.error({ err: error }, 'what lets calls pass without asking could not be ended');
    }
  }

  powerMonitor.on('lock-screen', () => away('the screen was locked'));
  const look = () => {
    core.clock.after(LOOK_EVERY, look);
    if (powerMonitor.getSystemIdleTime() >= AWAY_AFTER) away('nobody was there');
  };
  core.clock.after(LOOK_EVERY, look);
}
