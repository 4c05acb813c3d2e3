import { writeSync } from 'node:fs';
import { markedText, SUSPECT } from '../../shared/text.ts';

const ALL_SUSPECT = new RegExp(SUSPECT.source, 'gu');

/** Writes lines for a person. What agents supplied is in them: nothing in it reaches the terminal that would steer it. */
export function say(...lines: string[]): void {
  put(1, `${markedText(lines.join('\n'))}\n`);
}

/** The same to standard error. */
export function complain(line: string): void {
  put(2, `${markedText(line)}\n`);
}

/** Writes `value` as one line of JSON, for programs; what a terminal would not show is escaped in it. */
export function sayJson(value: unknown): void {
  put(1, `${jsonLine(value)}\n`);
}

/** `value` in JSON, on one line, without a character that is not seen. */
function jsonLine(value: unknown): string {
  return (JSON.stringify(value) as string).replace(ALL_SUSPECT, (character) =>
    Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(''),
  );
}

const escaped = (unit: number) => `\\u${unit.toString(16).padStart(4, '0')}`;

/** An instant of the contract as a clock shows it here. */
export function clockTime(iso: string): string {
  return new Date(iso).toLocaleString('sv-SE');
}

/**
 * Writes `text` whole before anything else is done: a process that ends right after must have said it. For a terminal,
 * what would steer it is marked.
 */
export function put(descriptor: 1 | 2, text: string, terminal = false): void {
  const bytes = Buffer.from(terminal ? markedText(text) : text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A pipe that is full for a moment.
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      // Nobody reads it any more (`| head`).
      else if (code === 'EPIPE') process.exit(0);
      else throw error;
    }
  }
}
