/** Where a running Greenlight hears the command line: the *command socket* of its data directory. */
import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readOwnFile, writePrivateFile } from './private-file.ts';

/** Bytes that the address of a socket may have: 104 on macOS, 108 on Linux, each with its end. */
const LONGEST = 103;

/** The folder of it, in a data directory that may be open to others (`--home /tmp`): the socket is in one of its own. */
const folderOf = (dataDir: string) => join(dataDir, 'command');

/** The socket; on Windows a file with the name of the pipe, which nobody can foresee. */
const fileOf = (dataDir: string) => join(folderOf(dataDir), 'socket');

/**
 * Makes room for the command socket and returns where to listen; what an earlier Greenlight left there goes. Only whoever
 * holds the lock of the data directory may call it. Throws, with the reason, where there can be none.
 */
export function prepareCommandAddress(dataDir: string): string {
  const folder = folderOf(dataDir);
  const file = fileOf(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!lstatSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
  chmodSync(folder, 0o700);
  if (process.platform === 'win32') {
    const pipe = `\\\\.\\pipe\\greenlight-${randomBytes(16).toString('hex')}`;
    writePrivateFile(file, pipe);
    return pipe;
  }
  if (!fits(file))
    throw new Error(`the path ${file} is longer than the ${LONGEST} bytes that a socket’s may have`);
  rmSync(file, { force: true });
  return file;
}

const fits = (file: string) => Buffer.byteLength(file) <= LONGEST;

/**
 * Where to ask the Greenlight of `dataDir`; `undefined` where none has listened there. Throws, with the reason, where
 * another user could have put something in its place.
 */
export function findCommandAddress(dataDir: string): string | undefined {
  const folder = folderOf(dataDir);
  const file = fileOf(dataDir);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (process.platform === 'win32') return readOwnFile(file)?.toString();
  if (!found.isDirectory() || found.uid !== process.geteuid?.() || (found.mode & 0o077) !== 0)
    throw new Error(`${folder} is not a folder of yours alone`);
  return fits(file) ? file : undefined;
}
