import { shortcutWords } from '../../shared/shortcut.ts';
import { createListeners } from '../base/listeners.ts';
import type { Logger } from '../base/ports.ts';
import type { Machine } from './machine.ts';
import { onWayland } from './window/wayland.ts';

/** The keys that bring the oldest question forward, whatever program the person is in. */
export interface Shortcut {
  /** Takes these keys (Electron's accelerator) in place of those before; the empty text: none. Never throws. */
  use(accelerator: string): void;
  /** Why the keys that were chosen do nothing, and what to do. */
  problem(): string | undefined;
  /** Calls `listener` when `problem()` has changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/**
 * No keys at first. They only show something: none of them answers.
 *
 * @param pressed Brings the oldest question forward.
 */
export function createShortcut(parts: {
  machine: Pick<Machine, 'electron' | 'platform' | 'env' | 'argv'>;
  pressed: () => void;
  logger: Logger;
}): Shortcut {
  const { machine, pressed, logger } = parts;
  const { globalShortcut } = machine.electron;
  const listeners = createListeners<() => void>(logger);
  let taken = '';
  let problem: string | undefined;

  /** Why `accelerator` cannot be had; `undefined` once it is. */
  function take(accelerator: string): string | undefined {
    const keys = shortcutWords(accelerator, machine.platform === 'darwin');
    if (onWayland(machine)) {
      return `Under Wayland a program cannot take keys for itself, so ${keys} does nothing. In your desktop’s keyboard settings add a shortcut that starts Greenlight: it brings the window forward.`;
    }
    try {
      if (globalShortcut.register(accelerator, pressed)) {
        taken = accelerator;
        return undefined;
      }
    } catch (error) {
      logger.warn({ reason: String(error) }, 'the keys of a shortcut could not be taken');
    }
    return `${keys} does nothing here: the system, or another program, has it. Choose other keys.`;
  }

  return {
    use(accelerator) {
      if (accelerator !== '' && accelerator === taken) return;
      if (taken !== '') globalShortcut.unregister(taken);
      taken = '';
      const before = problem;
      problem = accelerator === '' ? undefined : take(accelerator);
      if (problem !== before) listeners.tell();
    },
    problem: () => problem,
    onChange: listeners.add,
  };
}
