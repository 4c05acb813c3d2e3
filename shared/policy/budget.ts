/** The daily budget: what one field writes into a policy document, and recognises in it. */
import { isJsonObject, type Json, type JsonObject, ownMember } from '../json.ts';
import { videoTools } from '../luma.ts';
import {
  countersOf,
  freeName,
  limitsAt,
  listOf,
  objectOf,
  replaced,
  ruleAt,
  rulePlaces,
  setField,
  setList,
} from './edit.ts';
import { isOpen } from './outcome.ts';

/** How much may be spent in any 24 hours. */
export interface Budget {
  /** By all clients together. */
  all?: number | undefined;
  /** By each client. */
  each?: number | undefined;
  /** What becomes of a call that is past it. */
  atEnd: 'ask' | 'deny';
}

/** The scope of each part, and the counter that it gets. */
const PARTS = {
  all: { scope: 'all', counter: 'daily budget' },
  each: { scope: 'grant', counter: 'daily budget of each client' },
} as const;

/** What a video costs where the document says nothing of costs: a budget would never be used otherwise. */
export const EXAMPLE_COST = 0.4;

/** The members that the field writes, or leaves as they are. */
const MEMBERS = ['counter', 'window', 'max', 'scope', 'increment_from', 'on_deny', 'when_reached'];

/** The budget that `document` sets, an empty one where it sets none; `custom`: it limits cost by the day in another way. */
export function budgetOf(document: Json): Budget | 'custom' {
  const [, ...tools] = rulePlaces(document);
  if (tools.some((place) => limitsAt(document, place).some(isDailyCost))) return 'custom';
  const limits = limitsAt(document, 'all_tools').filter(isDailyCost);
  const found: Budget = { atEnd: 'deny' };
  const ends = new Set<string>();
  for (const limit of limits) {
    const part = limit.scope === 'all' ? 'all' : (limit.scope ?? 'grant') === 'grant' ? 'each' : undefined;
    const strange = Object.keys(limit).some((key) => !MEMBERS.includes(key));
    if (part === undefined || strange || found[part] !== undefined || typeof limit.max !== 'number')
      return 'custom';
    found[part] = limit.max;
    ends.add(limit.when_reached === 'ask' ? 'ask' : 'deny');
  }
  if (ends.size > 1) return 'custom';
  return { ...found, atEnd: ends.has('ask') ? 'ask' : 'deny' };
}

/** `document` with `budget` in place of the one that it has; it must not be `custom`. */
export function withBudget(document: Json, budget: Budget): JsonObject {
  const before = limitsAt(document, 'all_tools').filter(isDailyCost);
  const limits = (['all', 'each'] as const).flatMap((part) => {
    const max = budget[part];
    if (max === undefined) return [];
    const { scope, counter } = PARTS[part];
    const old = before.find((limit) => (limit.scope ?? 'grant') === scope) ?? {
      counter: freeName(counter, countersOf(document)),
      window: 'day',
    };
    const { when_reached: _, ...kept } = old;
    const next = { ...kept, max, increment_from: 'cost', scope };
    return [budget.atEnd === 'ask' ? { ...next, when_reached: 'ask' } : next];
  });
  const list = listOf(ruleAt(document, 'all_tools')?.limits);
  const next = setList(document, 'all_tools', 'limits', replaced(list, isDailyCost, limits));
  if (isPriced(next) || limits.length === 0) return next;
  return setField(next, 'costs', Object.fromEntries(videoTools.map((name) => [name, EXAMPLE_COST])));
}

/** Whether `document` gives any tool a cost. */
export function isPriced(document: Json): boolean {
  const costs = isJsonObject(document) ? ownMember(document, 'costs') : undefined;
  return isJsonObject(costs) && Object.values(costs).some((cost) => typeof cost === 'number' && cost > 0);
}

/** The tools that make videos, can be called, and cost nothing as far as `document` says: no budget counts them. */
export function unpriced(document: Json): string[] {
  const costs = objectOf(ownMember(objectOf(document), 'costs'));
  return videoTools.filter((tool) => !Object.hasOwn(costs, tool) && isOpen(document, tool));
}

function isDailyCost(limit: Json): boolean {
  const { window, increment_from } = objectOf(limit);
  return (window === 'day' || window === 86_400) && increment_from === 'cost';
}
