/** `docs/performance.md`: its text is written by people, what stands between markers by a run. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './folders.ts';
import { pinned } from './program.ts';

const NAME = 'performance.md';

/**
 * Replaces what stands between `<!-- part -->` and `<!-- /part -->` in the document in `docs` (the project's folder by
 * default). Throws where the markers are not there.
 */
export function writePart(part: string, content: string, docs = join(ROOT, 'docs')): void {
  const path = join(docs, NAME);
  const text = readFileSync(path, 'utf8');
  const [begin, end] = [`<!-- ${part} -->`, `<!-- /${part} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no ${begin} ... ${end}.`);
  writeFileSync(path, `${text.slice(0, from + begin.length)}\n${content.trim()}\n${text.slice(to)}`);
}

/** Writes a picture beside the document. */
export function writePicture(name: string, svg: string, docs = join(ROOT, 'docs')): void {
  const path = join(docs, 'pictures', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, svg);
}

/** What a run was made on, in a sentence. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() || 'a processor that does not say its name';
  const memory = Math.round(totalmem() / 2 ** 30);
  const cores = cpus().length === 1 ? '1 core' : `${cpus().length} cores`;
  return `${model}, ${cores}, ${memory} GiB; ${process.platform}, Node ${process.versions.node}; ${
    pinned ? 'the proxies on one core, load and upstream on another' : 'nothing pinned to a core'
  }`;
}
