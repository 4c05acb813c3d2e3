import fc from 'fast-check';
import type { Json } from '../../shared/json.ts';

/**
 * Any JSON value that may stand in a policy: a policy refuses members called `__proto__`. The arguments of a
 * call may have them, so there it is `fc.jsonValue()`.
 */
export function policyJson(constraints?: fc.JsonSharedConstraints): fc.Arbitrary<Json> {
  const json = fc.jsonValue(constraints) as fc.Arbitrary<Json>;
  return json.filter((value) => !JSON.stringify(value).includes('"__proto__"'));
}
