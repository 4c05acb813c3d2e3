/** What sentences are made of, whatever is said in them. */
import { list } from './words.ts';

/** What denies what follows it. */
export const NEGATING = list(
  `not never no without nor neither non cannot instead rather unlike nothing none doesn’t don’t won’t isn’t aren’t can’t
  shouldn’t mustn’t wouldn’t`,
);
/** Where another clause begins, of what is not said to happen here. */
const SUBORDINATE = list(
  'if when whenever whether until unless once before how why where what which who whose',
);
/** What stands between the parts of a verb: `are then deleted`. */
export const BETWEEN = list('then also now all both afterwards first subsequently');

/** Whether what follows `words` is said to happen, not only *if* or *when*. */
export function isMain(words: readonly string[]): boolean {
  return !words.some((word) => SUBORDINATE.has(word));
}
