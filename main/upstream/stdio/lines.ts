import { homedir } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import { cutText } from '../../base/cut.ts';
import type { Clock, Logger } from '../../base/ports.ts';

/** The longest line that is logged, in characters; the rest of it is dropped. */
const MAX_LINE = 500;
/** How many lines are logged per window; the window in milliseconds. */
const MAX_LINES = 100;
const WINDOW = 10_000;
/** How many of the last lines are told, and how many characters of each. */
const LAST_LINES = 3;
const LONGEST_LAST = 200;
/** Shorter values are no secrets, and masking them would garble every line. */
const MIN_SECRET = 4;

/** Logs what a child writes, line by line. */
export interface LineLog {
  push(chunk: Uint8Array): void;
  /** Logs a line of Greenlight's own, within the same bounds. */
  note(line: string): void;
  /** Logs what was left without a line end. */
  end(): void;
  /** The last lines that the child wrote, `count` or fewer, as one: as text, without secrets, bounded. */
  last(count?: number): string;
}

/** A log of bounded lines at a bounded rate, in which no value of `secrets` appears. */
export function createLineLog(logger: Logger, clock: Clock, secrets: string[]): LineLog {
  const masked = secrets.filter(({ length }) => length >= MIN_SECRET).sort((a, b) => b.length - a.length);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let windowStart = clock.now();
  let logged = 0;
  let dropped = 0;
  let last: string[] = [];

  function write(line: string): void {
    if (clock.now() - windowStart >= WINDOW) {
      windowStart = clock.now();
      logged = 0;
      if (dropped > 0)
        logger.info({ dropped }, 'The upstream process wrote too much; some lines were left out.');
      dropped = 0;
    }
    logged += 1;
    if (logged > MAX_LINES) dropped += 1;
    else logger.info({ line }, 'upstream process');
  }

  function writeOutput(line: string): void {
    let text = line.trimEnd();
    if (text === '') return;
    for (const secret of masked) text = text.replaceAll(secret, '***');
    last = [...last, asText(text)].slice(-LAST_LINES);
    write(text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}...` : text);
  }

  return {
    push(chunk) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      // Enough is kept to mask a secret that crosses the end of what is logged.
      rest = (lines.pop() ?? '').slice(0, 8 * MAX_LINE);
      for (const line of lines) writeOutput(line);
    },
    note: write,
    end() {
      writeOutput(rest + decoder.end());
      rest = '';
    },
    last: (count = LAST_LINES) => last.slice(-count).join(' '),
  };
}

/** A line for people and agents: without escape sequences, control characters and where this person's folders are. */
function asText(line: string): string {
  const text = stripVTControlCharacters(line)
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  const home = homedir();
  return cutText(home.length > 1 ? text.replaceAll(home, '~') : text, LONGEST_LAST);
}
