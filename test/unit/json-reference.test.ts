import { expect, test } from 'vitest';
import { referredTo } from '../../shared/json-reference.ts';

const document = { $defs: { 'a/b ~c': { x: [1, { y: 2 }] }, '': 3 } };

test.each([
  ['#', document],
  ['#/$defs/a~1b%20~0c/x/1/y', 2],
  ['#/$defs/a~1b%20~0c/x/01', undefined],
  ['#/$defs/a~1b%20~0c/x/length', undefined],
  ['#/%24defs/', 3],
  ['#/%', undefined],
  ['#/constructor', undefined],
  ['#/__proto__', undefined],
  ['#Name', undefined],
  ['other.json#/$defs', undefined],
  ['', undefined],
])('%s leads to %j', (reference, target) => {
  expect(referredTo(document, reference)).toEqual(target);
});
