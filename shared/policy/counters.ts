import { type Limit, type PolicyDocument, windowSeconds } from './document.ts';
import { pointer } from './paths.ts';
import type { PolicyError } from './types.ts';

interface Placed {
  at: string;
  limit: Limit;
}

/**
 * Where limits share a counter and make no sense together: one counts calls and another money, or, of one rule, a
 * shorter window allows no less than a longer one, so that it never decides.
 */
export function counterErrors(document: PolicyDocument): PolicyError[] {
  const rules = [
    ['/all_tools', document.all_tools],
    ...Object.entries(document.categories ?? {}).map(
      ([name, rule]) => [pointer('categories', name), rule] as const,
    ),
    ...Object.entries(document.tools).map(([name, rule]) => [pointer('tools', name), rule] as const),
  ] as const;
  const first = new Map<string, Placed>();
  const errors: PolicyError[] = [];
  for (const [at, rule] of rules) {
    const own: Placed[] = [];
    for (const [index, limit] of (rule?.limits ?? []).entries()) {
      const placed = { at: `${at}/limits/${index}`, limit };
      const counter = counterOf(limit);
      const before = first.get(counter);
      if (!before) first.set(counter, placed);
      const message =
        (before && unitComplaint(before, placed)) ??
        own
          .filter((other) => counterOf(other.limit) === counter)
          .map((other) => windowComplaint(other, placed))
          .find((complaint) => complaint !== undefined);
      if (message !== undefined) errors.push({ pointer: `${placed.at}/counter`, message });
      own.push(placed);
    }
  }
  return errors;
}

/** Limits that share name and scope share the count. */
function counterOf({ scope = 'grant', counter }: Limit): string {
  return JSON.stringify([scope, counter]);
}

function unitComplaint(before: Placed, { limit }: Placed): string | undefined {
  const [was, is] = [unitOf(before.limit), unitOf(limit)];
  if (was === is) return undefined;
  return `The counter ${JSON.stringify(limit.counter)} counts ${was} at ${before.at} and ${is} here, and cannot add the two. Give this limit a counter of its own.`;
}

function windowComplaint(before: Placed, { at, limit }: Placed): string | undefined {
  // By another amount of the call: each decides for itself.
  if (before.limit.increment_from !== limit.increment_from || before.limit.increment !== limit.increment)
    return undefined;
  const here = { at, limit };
  const [shorter, longer] = secondsOf(before.limit) <= secondsOf(limit) ? [before, here] : [here, before];
  if (shorter.limit.max < longer.limit.max && secondsOf(shorter.limit) < secondsOf(longer.limit))
    return undefined;
  return `This limit and the one at ${before.at} count by ${JSON.stringify(limit.counter)}, and one of them never decides: what the shorter window allows must be less than what the longer one allows. Change one of the numbers, remove one of the limits, or give this one a counter of its own.`;
}

function unitOf({ increment_from: from }: Limit): string {
  return from === undefined ? 'calls' : from === 'cost' ? 'costs' : 'an argument';
}

function secondsOf({ window }: Limit): number {
  return typeof window === 'number' ? window : windowSeconds[window];
}
