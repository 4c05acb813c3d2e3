/** What recipes have in common: each is a switch on top of a policy, a part of the document that can be read. */
import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import {
  listOf,
  objectOf,
  pointerOf,
  type RulePlace,
  replaced,
  ruleAt,
  rulePlaces,
  setList,
  setPart,
  withMember,
} from '../edit.ts';
import { isNeverHost } from '../never-host.ts';

/**
 * What a document says of a recipe. `off`: nothing. `on`: what the recipe writes, and nothing that makes it another
 * thing. `custom`: something else about the same; `at` is a JSON Pointer to it.
 */
type Recognised<Value> = { kind: 'off' } | { kind: 'on'; value: Value } | { kind: 'custom'; at: string };

/** One recipe; pure functions of the document, which may be anything JSON. */
export interface Recipe<Value> {
  recognise(document: Json): Recognised<Value>;
  /** `document` with the recipe on, or, where `value` is undefined, off. A custom document stays as it is. */
  apply(document: Json, value: Value | undefined): JsonObject;
}

/** The conditions of a rule, by what becomes of a call for which they hold, or do not. */
type Part = 'deny_if' | 'require' | 'when';

/** A part of a document that speaks of an argument. */
interface Mention {
  place: RulePlace;
  part: Part | 'limits';
  value: JsonObject;
  /** JSON Pointer. */
  at: string;
}

/** Every condition and limit of `parts` that looks at one of `names`, arguments of a call. */
export function mentionsOf(
  document: Json,
  names: readonly string[],
  parts: readonly Mention['part'][],
): Mention[] {
  return rulePlaces(document).flatMap((place) =>
    parts.flatMap((part) =>
      listIn(document, place, part).flatMap((value, index) => {
        const path = part === 'limits' ? objectOf(value).increment_from : objectOf(value).path;
        return isJsonObject(value) && names.some((name) => looksAt(path, name))
          ? [
              {
                place,
                part,
                value,
                at: `${pointerOf(place)}/${part === 'when' ? 'require_approval/when' : part}/${index}`,
              },
            ]
          : [];
      }),
    ),
  );
}

/** What denies by one of `names`, hosts of *Never this host* apart: those are no recipe's, and only deny more. */
export function denialsBy(document: Json, names: readonly string[]): Mention[] {
  return mentionsOf(document, names, ['deny_if', 'require', 'limits']).filter(
    ({ place, part, value }) => !(place === 'all_tools' && part === 'deny_if' && isNeverHost(value)),
  );
}

function looksAt(path: Json | undefined, name: string): boolean {
  return path === 'args' || path === `args.${name}` || String(path).startsWith(`args.${name}.`);
}

/** The conditions of the rule at `place`; of `when` none where it asks for every call. */
export function listIn(document: Json, place: RulePlace, part: Mention['part']): Json[] {
  const rule = ruleAt(document, place);
  return listOf(part === 'when' ? objectOf(rule?.require_approval).when : rule?.[part]);
}

/** A condition on a plain argument, with no members but its own and what the agent is told. */
export function isCondition(value: Json, op: string, names: readonly string[]): value is JsonObject {
  return (
    isJsonObject(value) &&
    value.op === op &&
    names.some((name) => value.path === `args.${name}`) &&
    Object.keys(value).every((key) => ['path', 'op', 'value', 'absent', 'on_deny'].includes(key))
  );
}

/** Whether `value` lets an argument through that is not given, or a URL on one of the hosts; nothing else. */
export function isOnlyHosts(
  value: Json,
  names: readonly string[],
): value is JsonObject & { value: string[] } {
  return (
    isCondition(value, 'host_in', names) &&
    value.absent === true &&
    Array.isArray(value.value) &&
    value.value.every((host) => typeof host === 'string')
  );
}

/** What {@link isOnlyHosts} recognises, in place of `old`, whose words for the agent it keeps. */
export function onlyHosts(name: string, hosts: readonly string[], old: JsonObject = {}): JsonObject {
  return { ...old, path: `args.${name}`, op: 'host_in', value: [...hosts], absent: true };
}

/** `document` with `next` in place of its `own` conditions on every tool. */
export function setConditions(
  document: Json,
  part: 'deny_if' | 'require',
  own: (condition: Json) => boolean,
  next: readonly JsonObject[],
): JsonObject {
  const list = listIn(document, 'all_tools', part);
  if (next.length === 0 && !list.some(own)) return objectOf(document);
  return setList(document, 'all_tools', part, replaced(list, own, next));
}

/** `document` with `when` as the conditions under which every tool is asked for; none: none is, by these. */
export function setAsked(document: Json, when: readonly Json[]): JsonObject {
  const asks = objectOf(ruleAt(document, 'all_tools')?.require_approval);
  // Without a condition it would ask for every call.
  const next = when.length === 0 ? undefined : withMember(asks, 'when', [...when], ['when', 'timeout']);
  return setPart(document, 'all_tools', 'require_approval', next);
}
