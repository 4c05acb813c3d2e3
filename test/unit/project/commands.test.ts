/** The documents name the commands that there are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
const documents = ['README.md', 'AGENTS.md', 'CONTRIBUTING.md'];

/** Every script that a text says to run: `npm run x`, `npm test`, `npm start`. */
function commandsIn(text: string): string[] {
  const runs = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
  const short = [...text.matchAll(/\bnpm (test|start)\b/g)].map(([, name = '']) => name);
  return [...new Set([...runs, ...short])];
}

test.each(documents)('%s names no command that is not there', (document) => {
  const commands = commandsIn(read(document));
  expect(commands).not.toEqual([]);
  expect(commands.filter((name) => !scripts.includes(name))).toEqual([]);
});

test('every command is told in one of them', () => {
  const texts = documents.map(read);
  const told = new Set(texts.flatMap(commandsIn));
  // One that npm runs by itself is told by its name.
  if (texts.some((text) => text.includes('`prepare`'))) told.add('prepare');
  expect(scripts.filter((name) => !told.has(name))).toEqual([]);
});
