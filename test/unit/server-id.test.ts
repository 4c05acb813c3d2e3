import { expect, test } from 'vitest';
import { policyIdFor } from '../../main/policies/ids.ts';
import { slugOf } from '../../shared/server-id.ts';

test.each([
  ['Échos & more', 'echos-more'],
  ['Été 2', 'ete-2'],
  ['Ärger — ﬁles', 'arger-files'],
])('the slug of %s, and the id of a policy, are %s', (name, slug) => {
  expect(slugOf(name, [])).toBe(slug);
  expect(slugOf(name, [slug])).toBe(`${slug}-2`);
  expect(policyIdFor(name, () => false)).toBe(slug);
});

test('a name without such letters has one all the same', () => {
  expect(slugOf('日本', [])).toBe('server');
  expect(slugOf('Luma', [])).toBe('luma-2');
  expect(slugOf(`${'a'.repeat(35)} b`, [])).toBe('a'.repeat(35));
});
