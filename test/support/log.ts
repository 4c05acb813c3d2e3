/** Loggers for tests. */
import type { Logger } from '../../main/base/ports.ts';

/** A logger that says nothing. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** One line of the log. */
export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  details: object;
  message: string;
}

/** A logger that prints nothing and keeps every line in `lines`. */
export function createTestLogger(lines: LogLine[] = []): Logger {
  const at = (level: LogLine['level']) => (details: object, message: string) =>
    void lines.push({ level, details, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
