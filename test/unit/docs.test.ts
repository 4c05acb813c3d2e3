/** What the documents point at is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const documents = globSync(['*.md', 'docs/**/*.md', '.github/**/*.md', 'test/**/*.md']).toSorted();

test.each(documents)('%s points only at what is there', (path) => {
  const text = readFileSync(path, 'utf8');
  const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, link = '']) =>
    join(dirname(path), link),
  );
  const pictures = [...text.matchAll(/src(?:set)?="(?!\w+:)([^"]+)"/g)].map(([, at = '']) =>
    join(dirname(path), at),
  );
  // `main/gate/` and `main/gate/judge.ts`; not `main/gate/*`.
  const named = [...text.matchAll(/`((?:main|renderer|shared|test|scripts|docs)\/[\w./-]*)`/g)].map(
    ([, at = '']) => at,
  );
  expect([...links, ...pictures, ...named].filter((target) => !existsSync(target))).toEqual([]);
});

test('each defence of the threat model names tests that are there', () => {
  const rows = readFileSync('docs/threat-model.md', 'utf8')
    .split('\n')
    .filter((line) => /^\|.*\|.*\|.*`/.test(line));
  expect(rows.length).toBeGreaterThan(12);
  for (const row of rows) {
    let folder = '';
    const tests = [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => {
      // A name alone is beside the one before it.
      if (name.includes('/')) folder = dirname(name);
      return name.includes('/') ? name : `${folder}/${name}`;
    });
    expect(
      tests.filter((name) => !existsSync(`test/${name}.test.ts`) && !existsSync(`test/${name}`)),
    ).toEqual([]);
  }
});
