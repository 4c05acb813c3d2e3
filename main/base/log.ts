import { fstatSync } from 'node:fs';
import { type DestinationStream, pino } from 'pino';
import type { Logger } from './ports.ts';

/** How much may wait for whoever reads standard error, in bytes; what comes then is dropped, and counted. */
const MOST_UNREAD = 1024 * 1024;

/**
 * Writes the log to standard error, or to the end of `file` (created for its owner alone), one JSON object a
 * line. `LOG_LEVEL` sets how much, else it is `usual`. It is a name that many programs read: one that pino does
 * not know must not keep Greenlight from starting.
 *
 * Never throws, and never waits for who reads it: what cannot be written (a full disk, a terminal that is gone, a pipe
 * that nobody reads) is lost, and nothing else.
 */
export function createLogger(file?: string, usual: 'info' | 'warn' = 'info'): Logger {
  const wanted = process.env.LOG_LEVEL?.toLowerCase() ?? '';
  const level = wanted === 'silent' || wanted in pino.levels.values ? wanted : usual;
  const tellDropped = (lines: number) =>
    logger.error({ lines }, 'nobody read the log, so it lacks some lines');
  const destination =
    file === undefined && isPipe(2) ? unwaited(process.stderr, tellDropped) : atOnce(file ?? 2);
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const at = (name: keyof Logger) => (details: object, message: string) => {
    try {
      log[name](details, message);
    } catch {
      // There is nowhere to say so.
    }
  };
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return logger;
}

/** Whether a program reads it, which may be slow or stop. */
function isPipe(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}

/** Writes each line before anything else is done: what a process says last is there. */
function atOnce(dest: string | number): DestinationStream {
  const destination = pino.destination({ dest, sync: true, mode: 0o600 });
  // It tells some failures by an event, which would end the process if nobody heard it, and throws others.
  destination.on('error', () => {});
  return destination;
}

/**
 * Writes each line as soon as there is room for it; `tellDropped` is called once there is room again after lines were
 * dropped. (Windows has no such pipes: there Node waits.)
 */
function unwaited(stream: NodeJS.WriteStream, tellDropped: (lines: number) => void): DestinationStream {
  let dropped = 0;
  stream.on('error', () => {});
  stream.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    tellDropped(lines);
  });
  return {
    write(line) {
      if (stream.writableLength > MOST_UNREAD) dropped += 1;
      else stream.write(line);
    },
  };
}
