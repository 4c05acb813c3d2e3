import { pino } from 'pino';
import type { Logger } from './ports.ts';

/**
 * Writes the log to standard error, or to the end of `file` (created for its owner alone), one JSON object a
 * line. `LOG_LEVEL` sets how much, else it is `usual`. It is a name that many programs read: one that pino does
 * not know must not keep Greenlight from starting.
 */
export function createLogger(file?: string, usual: 'info' | 'warn' = 'info'): Logger {
  const wanted = process.env.LOG_LEVEL?.toLowerCase() ?? '';
  const level = wanted === 'silent' || wanted in pino.levels.values ? wanted : usual;
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: file ?? 2, sync: true, mode: 0o600 }),
  );
}
