import { isJsonObject, type Json } from '../../json.ts';
import { objectOf, pointerOf, type RulePlace, replaced, ruleAt, rulePlaces } from '../edit.ts';
import { type Hours, readHours } from '../hours.ts';
import { approvalOf } from '../outcome.ts';
import { listIn, type Recipe, setAsked, setConditions } from './recipe.ts';

/** Calls outside of these hours are denied, or asked for. */
export interface WorkingHours extends Hours {
  outside: 'deny' | 'ask';
}

/** Working hours, for every tool. */
export const workingHours: Recipe<WorkingHours> = {
  recognise(document) {
    // It asks for every call: a condition would only make it ask for fewer.
    if (approvalOf(ruleAt(document, 'all_tools')).mode === 'always') {
      return { kind: 'custom', at: '/all_tools/require_approval' };
    }
    const [found, more] = rulePlaces(document).flatMap((place) => timesAt(document, place));
    if (found === undefined) return { kind: 'off' };
    const value = found.place === 'all_tools' && more === undefined ? read(found) : undefined;
    return value ? { kind: 'on', value } : { kind: 'custom', at: (more ?? found).at };
  },

  apply(document, value) {
    const found = workingHours.recognise(document);
    if (found.kind === 'custom' || (found.kind === 'off' && value === undefined)) return objectOf(document);
    const [old] = timesAt(document, 'all_tools');
    const said = objectOf(old?.condition).on_deny;
    const written = (op: string) => ({
      path: 'time',
      op,
      value: { days: value?.days ?? [], from: value?.from ?? '', to: value?.to ?? '' },
      ...(said !== undefined && { on_deny: said }),
    });
    const required = setConditions(
      document,
      'require',
      isTime,
      value?.outside === 'deny' ? [written('during')] : [],
    );
    const now = listIn(required, 'all_tools', 'when');
    const next = value?.outside === 'ask' ? [written('not_during')] : [];
    return now.some(isTime) || next.length > 0 ? setAsked(required, replaced(now, isTime, next)) : required;
  },
};

interface Found {
  place: RulePlace;
  part: 'deny_if' | 'require' | 'when';
  condition: Json;
  /** JSON Pointer. */
  at: string;
}

/** Every condition on the time of the rule at `place`. */
function timesAt(document: Json, place: RulePlace): Found[] {
  return (['deny_if', 'require', 'when'] as const).flatMap((part) =>
    listIn(document, place, part).flatMap((condition, index) => {
      const list = part === 'when' ? 'require_approval/when' : part;
      return isTime(condition)
        ? [{ place, part, condition, at: `${pointerOf(place)}/${list}/${index}` }]
        : [];
    }),
  );
}

function isTime(condition: Json): boolean {
  return isJsonObject(condition) && condition.path === 'time';
}

function read({ part, condition }: Found): WorkingHours | undefined {
  const { path: _path, op, value, on_deny: _said, ...rest } = objectOf(condition);
  const hours = readHours(value);
  if (hours === undefined || Object.keys(rest).length > 0) return undefined;
  if (part === 'require' && op === 'during') return { ...hours, outside: 'deny' };
  return part === 'when' && op === 'not_during' ? { ...hours, outside: 'ask' } : undefined;
}
