/** docs/words.md and the code say the same words. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exportsOf, sourcesOf } from '../support/imports.ts';

const [words = '', inCode = ''] = readFileSync('docs/words.md', 'utf8').split('## In code');
const sources = [...sourcesOf('main/gate'), ...sourcesOf('main/ledger')];
const exported = new Set(sources.flatMap(([path, text]) => exportsOf(path, text)));
const functions = new Set(
  sources.flatMap(([, text]) =>
    [...text.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name]) => name),
  ),
);
const rows = inCode
  .split('\n')
  .filter((line) => /^\| [a-z]/.test(line) && !line.startsWith('| word'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

test('every noun that main/gate and main/ledger export has its word', () => {
  const named = rows.flatMap(([, , names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  const nouns = [...exported].filter((name) => !functions.has(name));
  expect(nouns.length).toBeGreaterThan(40);
  expect(named.toSorted()).toEqual(nouns.toSorted());
});

test('the words for code are words of the list', () => {
  for (const [, word = ''] of rows) expect(words).toContain(`\n| ${word} |`);
});

test('words that are gone are not used', () => {
  const gone = /\b(Judgement|Refusal|Admit|Catalogu?e?|DecisionError|ApiError|Unwritten)\b/;
  const found = ['main', 'shared', 'renderer'].flatMap((folder) =>
    [...sourcesOf(folder)].filter(([, text]) => gone.test(text)).map(([path]) => path),
  );
  expect(found).toEqual([]);
});
