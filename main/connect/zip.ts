/** Writes a ZIP archive of a few small files, as they are (APPNOTE.TXT 4.3, method 0). */
import { crc32 } from 'node:zlib';

/** Names are UTF-8; the time of each is the first that the format has, so that the same files make the same archive. */
const FLAGS = 0x0800;
const VERSION = 20;
const FIRST_DAY = 0x0021;

/** The archive of `files`, by their paths in it. */
export function zip(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [path, content] of Object.entries(files)) {
    const [name, data] = [Buffer.from(path), Buffer.from(content)];
    // What both headers have: version, flags, method, time, day, checksum, both sizes, the name's length, no more fields.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt16LE(FLAGS, 2);
    common.writeUInt16LE(FIRST_DAY, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([VERSION, 0]), common, rest, name);
    const file = [Buffer.from('PK\x03\x04'), common, name, data];
    parts.push(...file);
    at += lengthOf(file);
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(lengthOf(directory), 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const lengthOf = (parts: readonly Buffer[]) => parts.reduce((sum, { length }) => sum + length, 0);
