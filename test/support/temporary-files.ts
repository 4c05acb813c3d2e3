import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './processes.ts';

const NAME = 'greenlight-tests-';
/** A file system in memory, as Linux has it. */
const MEMORY = '/dev/shm';
/** Bytes that must be free there: the whole run takes less than a tenth. */
const ROOM = 2 * 1024 ** 3;

/**
 * Gives a run of the tests one folder for all its temporary files, which goes with it. It is in memory where there is
 * room: Greenlight waits for the disk with each call, and tests for nothing else half of their time. What they show
 * of kills and of damaged or full disks does not depend on it: no test takes the power away.
 */
export default function setup(): (() => void) | undefined {
  const before = process.env.TMPDIR;
  // Of several projects the first one makes it.
  if (before?.includes(NAME)) return undefined;
  const place = before === undefined && hasRoom(MEMORY) ? MEMORY : tmpdir();
  for (const name of readdirSync(place))
    if (name.startsWith(NAME) && !isRunning(Number(name.slice(NAME.length)))) removeOwn(join(place, name));
  const folder = join(place, `${NAME}${process.pid}`);
  mkdirSync(folder, { mode: 0o700 });
  // `TMPDIR` is what Node and other programs read, on Windows it is `TEMP`.
  const { TEMP } = process.env;
  process.env.TMPDIR = folder;
  process.env.TEMP = folder;
  return () => {
    restore('TMPDIR', before);
    restore('TEMP', TEMP);
    remove(folder);
  };
}

function hasRoom(place: string): boolean {
  if (!existsSync(place)) return false;
  const { bavail, bsize } = statfsSync(place);
  return bavail * bsize >= ROOM;
}

const remove = (folder: string) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });

/** What a run that was killed left behind; another user's stays. */
function removeOwn(folder: string): void {
  try {
    remove(folder);
  } catch {
    // It is not ours.
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
