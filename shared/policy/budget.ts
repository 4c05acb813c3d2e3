/** The daily budget: what one field writes into a policy document, and recognises in it. */
import { isJsonObject, type Json, type JsonObject, ownMember } from '../json.ts';
import { lumaTools } from '../luma.ts';

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
  const tools = isJsonObject(document) ? ownMember(document, 'tools') : undefined;
  const own = Object.values(isJsonObject(tools) ? tools : {});
  if (own.some((rule) => limitsOf(rule).some(isDailyCost))) return 'custom';
  const limits = allToolsLimits(document).filter(isDailyCost);
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
  const root = isJsonObject(document) ? document : {};
  const allTools = ownMember(root, 'all_tools');
  const before = allToolsLimits(root);
  const limits = [
    ...before.filter((limit) => !isDailyCost(limit)),
    ...(['all', 'each'] as const).flatMap((part) => {
      const max = budget[part];
      if (max === undefined) return [];
      const { scope, counter } = PARTS[part];
      const old = before.find((limit) => isDailyCost(limit) && (limit.scope ?? 'grant') === scope) ?? {
        counter: free(counter, root),
        window: 'day',
      };
      const { when_reached: _, ...kept } = old;
      const next = { ...kept, max, increment_from: 'cost', scope };
      return [budget.atEnd === 'ask' ? { ...next, when_reached: 'ask' } : next];
    }),
  ];
  const { limits: _, ...rest } = isJsonObject(allTools) ? allTools : {};
  const rule = limits.length === 0 ? rest : { ...rest, limits };
  const next = withPart(root, 'all_tools', Object.keys(rule).length === 0 ? undefined : rule);
  if (isPriced(next) || (budget.all === undefined && budget.each === undefined)) return next;
  const makers = lumaTools.filter(({ category }) => category === 'Write');
  const costs = Object.fromEntries(makers.map(({ name }) => [name, EXAMPLE_COST]));
  return withPart(next, 'costs', costs);
}

/** Whether `document` gives any tool a cost. */
export function isPriced(document: Json): boolean {
  const costs = isJsonObject(document) ? ownMember(document, 'costs') : undefined;
  return isJsonObject(costs) && Object.values(costs).some((cost) => typeof cost === 'number' && cost > 0);
}

/** A new member stands before the tools: that is where people look for it. */
function withPart(root: JsonObject, name: string, part: JsonObject | undefined): JsonObject {
  const entries = Object.entries(root);
  const at = entries.findIndex(([key]) => key === name);
  const added: [string, Json][] = part === undefined ? [] : [[name, part]];
  const tools = entries.findIndex(([key]) => key === 'tools');
  if (at >= 0) entries.splice(at, 1, ...added);
  else entries.splice(tools < 0 ? entries.length : tools, 0, ...added);
  return Object.fromEntries(entries);
}

function allToolsLimits(document: Json): JsonObject[] {
  return limitsOf(isJsonObject(document) ? ownMember(document, 'all_tools') : undefined);
}

function limitsOf(rule: Json | undefined): JsonObject[] {
  const limits = isJsonObject(rule) ? ownMember(rule, 'limits') : undefined;
  return Array.isArray(limits) ? limits.filter((limit) => isJsonObject(limit)) : [];
}

function isDailyCost({ window, increment_from }: JsonObject): boolean {
  return (window === 'day' || window === 86_400) && increment_from === 'cost';
}

/** `counter`, or, where a limit of the document has that name already, one like it. */
function free(counter: string, document: JsonObject): string {
  const text = JSON.stringify(document);
  for (let n = 1; ; n++) {
    const name = n === 1 ? counter : `${counter} ${n}`;
    if (!text.includes(JSON.stringify(name))) return name;
  }
}
