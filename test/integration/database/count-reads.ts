/** Opens the database named on the command line, and prints how many bytes this process read for it (Linux). */
import { readFileSync } from 'node:fs';
import { openDatabase } from '../../../main/database/database.ts';

const read = () => Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
const before = read();
openDatabase(process.argv[2] ?? '').close();
process.stdout.write(String(read() - before));
