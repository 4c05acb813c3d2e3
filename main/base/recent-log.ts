import type { Logger, MachineClock } from './ports.ts';

/** A warning or an error that was logged lately. `at` is milliseconds since the Unix epoch. */
export interface RecentLine {
  at: number;
  level: 'warn' | 'error';
  /** What happened, and the reason where one was logged. One line. */
  text: string;
}

/** How many lines are remembered. */
const MOST = 30;

/** How much of a reason is remembered, in characters. */
const LONGEST = 300;

/** Passes everything on to `logger`, and remembers the newest warnings and errors, oldest first. */
export function rememberRecent(
  logger: Logger,
  clock: Pick<MachineClock, 'wall'>,
): { logger: Logger; recent: () => RecentLine[] } {
  const lines: RecentLine[] = [];
  const at = (level: RecentLine['level']) => (details: object, message: string) => {
    logger[level](details, message);
    lines.push({ at: clock.wall(), level, text: [message, reasonIn(details)].filter(Boolean).join(': ') });
    if (lines.length > MOST) lines.shift();
  };
  return {
    logger: {
      debug: (details, message) => logger.debug(details, message),
      info: (details, message) => logger.info(details, message),
      warn: at('warn'),
      error: at('error'),
    },
    recent: () => [...lines],
  };
}

function reasonIn(details: { err?: unknown; error?: unknown; reason?: unknown }): string {
  const reason = details.err ?? details.error ?? details.reason;
  if (reason === undefined || (typeof reason === 'object' && !(reason instanceof Error))) return '';
  try {
    return String(reason).replaceAll(/\s+/g, ' ').slice(0, LONGEST);
  } catch {
    // Not everything can be made a text, and logging never throws.
    return '';
  }
}
