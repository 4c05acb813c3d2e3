import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { readOwnFile, writePrivateFile } from '../base/private-file.ts';

/**
 * A file beside the database that says how far it had come, so that one that is behind it is noticed: its write-ahead
 * log was taken away, or an older copy put in its place.
 */
export interface Witness {
  /** The turn that it has seen last; `undefined`: there is no such file, or others wrote it. */
  readonly seen: number | undefined;
  /** What was written until `turn` is on the disk. May throw what the system says; the file then says an earlier one. */
  note(turn: number): void;
  close(): void;
}

/** All of what is written stands in one sector of a disk, and is so either the old or the new. */
const DIGITS = 16;

/** The witness at `path`. `codeOf` makes what only Greenlight can (hexadecimal). */
export function openWitness(path: string, codeOf: (turn: number) => string): Witness {
  const textOf = (turn: number) => `${String(turn).padStart(DIGITS, '0')} ${codeOf(turn)}\n`;
  let file: number | undefined;
  return {
    seen: read(path, textOf),
    note(turn) {
      if (file !== undefined) return void writeSync(file, textOf(turn), 0);
      writePrivateFile(path, textOf(turn));
      // Windows has no links that it would follow here.
      file = openSync(path, constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0));
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function read(path: string, textOf: (turn: number) => string): number | undefined {
  try {
    const text = String(readOwnFile(path, 1_000));
    const turn = Number(text.slice(0, DIGITS));
    return text === textOf(turn) ? turn : undefined;
  } catch {
    return undefined;
  }
}
