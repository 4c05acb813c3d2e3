import { RE2JS } from 're2js';
import { isJsonObject, type Json } from '../json.ts';
import type { Predicate, TimePredicate } from './document.ts';
import { type HostPattern, hostMatches, parseHost, urlHost } from './hosts.ts';

/** What a predicate says of a value. `inapplicable`: the operator has nothing to say of such a value. */
export type Finding = 'holds' | 'fails' | 'inapplicable';

const finding = (holds: boolean): Finding => (holds ? 'holds' : 'fails');

/** The test of a predicate's operator on a value that is present; `exists` is judged by the caller. */
export function operatorTest(
  predicate: Exclude<Predicate, { op: 'exists' } | TimePredicate>,
): (value: Json) => Finding {
  switch (predicate.op) {
    case 'eq':
      return (value) => finding(equal(value, predicate.value));
    case 'neq':
      return (value) => finding(!equal(value, predicate.value));
    case 'in':
      return (value) => finding(predicate.value.some((each) => equal(value, each)));
    case 'not_in':
      return (value) => finding(!predicate.value.some((each) => equal(value, each)));
    case 'lt':
      return onNumber((value) => value < predicate.value);
    case 'lte':
      return onNumber((value) => value <= predicate.value);
    case 'gt':
      return onNumber((value) => value > predicate.value);
    case 'gte':
      return onNumber((value) => value >= predicate.value);
    case 'contains':
      return contains(predicate.value);
    case 'starts_with':
      return onText((value) => value.startsWith(predicate.value));
    case 'ends_with':
      return onText((value) => value.endsWith(predicate.value));
    case 'regex': {
      // Linear in the value's length whatever the pattern: a call can never make it hang.
      const pattern = RE2JS.compile(predicate.value);
      return onText((value) => pattern.test(value));
    }
    case 'length_lte':
      return onLength((length) => length <= predicate.value);
    case 'length_gte':
      return onLength((length) => length >= predicate.value);
    case 'host_in':
      return onHost(predicate.value, (member) => member);
    case 'host_not_in':
      return onHost(predicate.value, (member) => !member);
  }
}

/** Deep equality of JSON values without coercion; the order of members does not matter, 0 equals -0. */
function equal(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((each, index) => equal(each, b[index] as Json))
    );
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equal(a[name] as Json, b[name] as Json))
  );
}

function onNumber(test: (value: number) => boolean): (value: Json) => Finding {
  return (value) =>
    typeof value === 'number' && Number.isFinite(value) ? finding(test(value)) : 'inapplicable';
}

function onText(test: (value: string) => boolean): (value: Json) => Finding {
  return (value) => (typeof value === 'string' ? finding(test(value)) : 'inapplicable');
}

function onLength(test: (length: number) => boolean): (value: Json) => Finding {
  return (value) => {
    if (typeof value === 'string') return finding(test(codePoints(value)));
    return Array.isArray(value) ? finding(test(value.length)) : 'inapplicable';
  };
}

function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

function contains(part: Json): (value: Json) => Finding {
  return (value) => {
    if (Array.isArray(value)) return finding(value.some((each) => equal(each, part)));
    // A number is not part of a text: "contains 5" cannot be asked of "15".
    return typeof value === 'string' && typeof part === 'string'
      ? finding(value.includes(part))
      : 'inapplicable';
  };
}

function onHost(hosts: readonly string[], test: (member: boolean) => boolean): (value: Json) => Finding {
  const patterns = hosts.map(parseHost).filter((host): host is HostPattern => typeof host !== 'string');
  return (value) => {
    const host = typeof value === 'string' ? urlHost(value) : undefined;
    return host === undefined ? 'inapplicable' : finding(test(hostMatches(host, patterns)));
  };
}
