import type { Json } from '../json.ts';
import { pointer } from './paths.ts';
import type { PolicyError } from './types.ts';

const maxDepth = 64;

/**
 * What makes `value` no I-JSON (RFC 7493) that is nested at most 64 deep, each with its pointer; no
 * errors when it is. Lone surrogates, numbers too large for a double and what is not JSON are named.
 * `refuse`: member names that are refused as well. `tooDeep`: the search ended there, and the value may
 * even be a cycle.
 */
export function jsonErrors(
  value: unknown,
  refuse: readonly string[] = [],
): { errors: PolicyError[]; tooDeep: boolean } {
  const errors: PolicyError[] = [];
  const complete = scan(value, [], refuse, errors);
  return { errors, tooDeep: !complete };
}

/** Returns whether to go on: past the depth limit there may be a cycle. */
function scan(
  value: unknown,
  path: PropertyKey[],
  refuse: readonly string[],
  errors: PolicyError[],
): boolean {
  const complain = (message: string) => errors.push({ pointer: pointer(...path), message });
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      complain('The text has half of a surrogate pair; remove the broken character.');
    return true;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) complain('The number does not fit; write a smaller one.');
    return true;
  }
  if (typeof value === 'boolean' || value === null) return true;
  if (typeof value !== 'object') {
    complain('This is not a JSON value.');
    return true;
  }
  if (path.length >= maxDepth) {
    complain(`The nesting is deeper than ${maxDepth}; make it flatter.`);
    return false;
  }
  for (const [name, member] of Object.entries(value as Record<string, Json>)) {
    path.push(name);
    if (!name.isWellFormed()) complain('The name has half of a surrogate pair; remove the broken character.');
    if (refuse.includes(name)) complain(`A member named "${name}" is not allowed in a policy; remove it.`);
    const goOn = scan(member, path, refuse, errors);
    path.pop();
    if (!goOn) return false;
  }
  return true;
}
