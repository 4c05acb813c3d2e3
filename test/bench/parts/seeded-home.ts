/** Data directories with a log of a given size, written once and kept between runs. */
import { createHash } from 'node:crypto';
import {
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { migrations } from '../../../main/database/migrations.ts';
import { seedActivity } from '../seed-activity.ts';
import { CACHE, programPath } from './folders.ts';

/** Makes `dataDir` one with `rows` finished calls in its log. The first time for a number takes about 50 µs a row. */
export function makeSeededHome(dataDir: string, rows: number): void {
  const name = `home-${rows}-`;
  const kept = join(CACHE, name + seedVersion());
  if (!existsSync(kept)) {
    mkdirSync(CACHE, { recursive: true });
    for (const old of readdirSync(CACHE).filter((entry) => entry.startsWith(name)))
      rmSync(join(CACHE, old), { recursive: true });
    process.stderr.write(`Writing a log of ${rows.toLocaleString('en')} calls, kept for later runs...\n`);
    // Whoever is interrupted leaves nothing that looks whole.
    const unfinished = `${kept}.unfinished`;
    seedActivity(unfinished, rows);
    renameSync(unfinished, kept);
  }
  cpSync(kept, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** Another one whenever the schema, or what is written, is another. */
function seedVersion(): string {
  const hash = createHash('sha256').update(JSON.stringify(migrations));
  return hash
    .update(readFileSync(programPath('seed-activity.ts')))
    .digest('hex')
    .slice(0, 12);
}
