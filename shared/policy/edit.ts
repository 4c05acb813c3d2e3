/**
 * How a policy document is changed: pure functions from one document to the next. Each changes the part it is named
 * after and leaves everything else as it is, its order too. A document on its way may be anything JSON; whatever is
 * not as expected is read as absent.
 */
import { isJsonObject, type Json, type JsonObject, ownMember } from '../json.ts';
import { type Category, categories } from '../tool-category/category.ts';
import { pointer } from './paths.ts';

/** Whose rule: one tool's, that of a category of tools, or the one that concerns every tool. */
export type RulePlace = { tool: string } | { category: Category } | 'all_tools';

/** The order in which members are added; those that are there stay where they are. */
const documentOrder = [
  'version',
  'description',
  'server',
  'default',
  'hide',
  'costs',
  'all_tools',
  'categories',
  'tools',
];
export const ruleOrder = [
  'action',
  'reason',
  'deny_if',
  'require',
  'limits',
  'rate_limit',
  'require_approval',
  'validate_arguments',
];

/** `value` if it is an object, else an empty one. */
export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** `value` if it is a list, else an empty one. */
export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/**
 * `object` with the member `key` set, or, where `value` is undefined, without it. A new member stands
 * before the first that comes later in `order`.
 */
export function withMember(
  object: JsonObject,
  key: string,
  value: Json | undefined,
  order: readonly string[] = [],
): JsonObject {
  const entries = Object.entries(object);
  const at = entries.findIndex(([name]) => name === key);
  if (value === undefined) return at < 0 ? object : fromEntries(entries.toSpliced(at, 1));
  if (at >= 0) return fromEntries(entries.with(at, [key, value]));
  const rank = order.indexOf(key);
  const before = rank < 0 ? -1 : entries.findIndex(([name]) => order.indexOf(name) > rank);
  return fromEntries(entries.toSpliced(before < 0 ? entries.length : before, 0, [key, value]));
}

/** Not a loop of assignments: `__proto__` is only a name. */
function fromEntries(entries: readonly (readonly [string, Json])[]): JsonObject {
  return Object.fromEntries(entries);
}

/** `document` with a member of its own set or removed. */
export function setField(document: Json, field: string, value: Json | undefined): JsonObject {
  return withMember(objectOf(document), field, value, documentOrder);
}

/** The JSON Pointer of the rule at `place`. */
export function pointerOf(place: RulePlace): string {
  if (place === 'all_tools') return pointer(place);
  return 'tool' in place ? pointer('tools', place.tool) : pointer('categories', place.category);
}

/** The rule at `place`; undefined when there is none, or when it is no object. */
export function ruleAt(document: Json, place: RulePlace): JsonObject | undefined {
  const root = objectOf(document);
  const rule =
    place === 'all_tools'
      ? ownMember(root, 'all_tools')
      : 'tool' in place
        ? ownMember(objectOf(ownMember(root, 'tools')), place.tool)
        : ownMember(objectOf(ownMember(root, 'categories')), place.category);
  return isJsonObject(rule) ? rule : undefined;
}

/** `document` with another rule at `place`. An empty `all_tools` is left out; a tool's `{}` allows it. */
export function setRule(document: Json, place: RulePlace, rule: JsonObject | undefined): JsonObject {
  if (place === 'all_tools') {
    const empty = rule === undefined || Object.keys(rule).length === 0;
    return setField(document, 'all_tools', empty ? undefined : rule);
  }
  if ('category' in place) {
    // A document without any goes by none; one with an empty list does.
    const rules = objectOf(ownMember(objectOf(document), 'categories'));
    return setField(document, 'categories', withMember(rules, place.category, rule, categories));
  }
  const tools = objectOf(ownMember(objectOf(document), 'tools'));
  return setField(document, 'tools', withMember(tools, place.tool, rule));
}

/** `document` with one member of the rule at `place` set or removed; a rule that is missing is made. */
export function setPart(document: Json, place: RulePlace, part: string, value: Json | undefined): JsonObject {
  const rule = ruleAt(document, place) ?? {};
  return setRule(document, place, withMember(rule, part, value, ruleOrder));
}

/** The same of a member that is a list; an empty one is left out. */
export function setList(document: Json, place: RulePlace, part: string, list: readonly Json[]): JsonObject {
  return setPart(document, place, part, list.length === 0 ? undefined : [...list]);
}

/** Every place of `document` where a rule stands, that of every tool first. */
export function rulePlaces(document: Json): RulePlace[] {
  const root = objectOf(document);
  const tools = Object.keys(objectOf(ownMember(root, 'tools')));
  const rules = objectOf(ownMember(root, 'categories'));
  const listed = categories.filter((category) => Object.hasOwn(rules, category));
  return ['all_tools', ...listed.map((category) => ({ category })), ...tools.map((tool) => ({ tool }))];
}

/** The limits of the rule at `place`. */
export function limitsAt(document: Json, place: RulePlace): JsonObject[] {
  return listOf(ruleAt(document, place)?.limits).filter((limit) => isJsonObject(limit));
}

/** `list` with `next` in place of those that are `own`: where the first of them stood, else at the end. */
export function replaced<T>(list: readonly T[], own: (each: T) => boolean, next: readonly T[]): T[] {
  const at = list.findIndex(own);
  const before = at < 0 ? list : list.slice(0, at);
  const after = at < 0 ? [] : list.slice(at).filter((each) => !own(each));
  return [...before, ...next, ...after];
}

/** The counter of each limit in the document, with every use of it. */
export function countersOf(document: Json): string[] {
  return rulePlaces(document)
    .flatMap((place) => limitsAt(document, place))
    .map(({ counter }) => counter)
    .filter((counter) => typeof counter === 'string');
}

/** `name`, or, where it is taken, the first of `name 2`, `name 3`, … that is not. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name} ${number}`)) number++;
  return `${name} ${number}`;
}
