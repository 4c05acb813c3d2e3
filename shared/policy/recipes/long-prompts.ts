import type { Json } from '../../json.ts';
import { objectOf, replaced, ruleAt } from '../edit.ts';
import { approvalOf } from '../outcome.ts';
import { isCondition, listIn, mentionsOf, type Recipe, setAsked } from './recipe.ts';

const NAMES = ['prompt'];

/** Ask for prompts of so many characters (code points), or more. */
export const longPrompts: Recipe<{ characters: number }> = {
  recognise(document) {
    // It asks for every call: a condition would only make it ask for fewer.
    if (approvalOf(ruleAt(document, 'all_tools')).mode === 'always') {
      return { kind: 'custom', at: '/all_tools/require_approval' };
    }
    const [found, more] = mentionsOf(document, NAMES, ['when']);
    if (found === undefined) return { kind: 'off' };
    return found.place === 'all_tools' && more === undefined && isLong(found.value)
      ? { kind: 'on', value: { characters: found.value.value } }
      : { kind: 'custom', at: (more ?? found).at };
  },

  apply(document, value) {
    const found = longPrompts.recognise(document);
    if (found.kind === 'custom' || (found.kind === 'off' && value === undefined)) return objectOf(document);
    const now = listIn(document, 'all_tools', 'when');
    const old = now.find(isLong) ?? { path: 'args.prompt', op: 'length_gte' };
    const next = value === undefined ? [] : [{ ...old, value: value.characters }];
    return setAsked(document, replaced(now, isLong, next));
  },
};

function isLong(value: Json): value is { value: number } {
  return (
    isCondition(value, 'length_gte', NAMES) &&
    typeof value.value === 'number' &&
    Number.isInteger(value.value) &&
    value.value > 0
  );
}
