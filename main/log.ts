import { pino } from 'pino';
import type { Logger } from './ports.ts';

/** Writes the log to standard error, one JSON object a line. `LOG_LEVEL` sets how much (default: info). */
export function createLogger(): Logger {
  const level = process.env.LOG_LEVEL ?? 'info';
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
