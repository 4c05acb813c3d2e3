import { pino } from 'pino';
import type { Logger } from './ports.ts';

/**
 * Writes the log to standard error, or to the end of `file` (created for its owner alone), one JSON object a
 * line. `LOG_LEVEL` sets how much, else it is `usual`. It is a name that many programs read: one that pino does
 * not know must not keep Greenlight from starting.
 *
 * Never throws: what cannot be written (a full disk, a terminal that is gone) is lost, and nothing else.
 */
export function createLogger(file?: string, usual: 'info' | 'warn' = 'info'): Logger {
  const wanted = process.env.LOG_LEVEL?.toLowerCase() ?? '';
  const level = wanted === 'silent' || wanted in pino.levels.values ? wanted : usual;
  const destination = pino.destination({ dest: file ?? 2, sync: true, mode: 0o600 });
  // It tells some failures by an event, which would end the process if nobody heard it, and throws others.
  destination.on('error', () => {});
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const at = (name: keyof Logger) => (details: object, message: string) => {
    try {
      log[name](details, message);
    } catch {
      // There is nowhere to say so.
    }
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
