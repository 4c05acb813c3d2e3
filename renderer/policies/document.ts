/**
 * What the visual builder does to a policy document: pure functions from one document to the next. Each
 * changes the part it is named after and leaves everything else as it is, also what the builder cannot
 * show. A document on its way may be anything JSON; whatever is not as expected is read as absent.
 */

import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import {
  listOf,
  objectOf,
  type RulePlace,
  ruleAt,
  ruleOrder,
  setField,
  setPart,
  setRule,
  withMember,
} from '../../shared/policy/edit.ts';
import {
  approvalOf,
  type Choice,
  hiddenNames,
  outcomeOf,
  type RuleApproval,
} from '../../shared/policy/outcome.ts';
import type { Category } from '../../shared/tool-category.ts';

/** Adds `name` (a tool, or `"*"` for all of them) to `hide`, or takes it out. An empty list is left out. */
export function setHidden(document: Json, name: string, hidden: boolean): JsonObject {
  const before = listOf(ownMember(objectOf(document), 'hide'));
  if (before.includes(name) === hidden) return objectOf(document);
  const after = hidden ? [...before, name] : before.filter((each) => each !== name);
  return setField(document, 'hide', after.length === 0 ? undefined : after);
}

/** What one call of `tool` costs, where the policy says so. */
export function costOf(document: Json, tool: string): number | undefined {
  const cost = ownMember(objectOf(ownMember(objectOf(document), 'costs')), tool);
  return typeof cost === 'number' ? cost : undefined;
}

/** Where the answer of `tool` says what a call cost, and what counts meanwhile; undefined: the policy goes by no answer. */
export function costFromOf(
  document: Json,
  tool: string,
): { path: string; reserve: number | undefined } | undefined {
  const cost = ownMember(objectOf(ownMember(objectOf(document), 'costs')), tool);
  if (!isJsonObject(cost)) return undefined;
  const { cost_from: path, reserve } = cost;
  return {
    path: typeof path === 'string' ? path : '',
    reserve: typeof reserve === 'number' ? reserve : undefined,
  };
}

/** Says that the answer of `tool` has its cost at `path`, and that `reserve` counts meanwhile. */
export function setCostFrom(
  document: Json,
  tool: string,
  path: string,
  reserve: number | undefined,
): JsonObject {
  const costs = objectOf(ownMember(objectOf(document), 'costs'));
  const cost = withMember(objectOf(ownMember(costs, tool)), 'cost_from', path, ['cost_from', 'reserve']);
  return setField(document, 'costs', withMember(costs, tool, withMember(cost, 'reserve', reserve)));
}

/** Sets or removes the cost of one call of `tool`. Empty `costs` are left out. */
export function setCost(document: Json, tool: string, cost: number | undefined): JsonObject {
  const costs = withMember(objectOf(ownMember(objectOf(document), 'costs')), tool, cost);
  return setField(document, 'costs', Object.keys(costs).length === 0 ? undefined : costs);
}

/** Every tool that the document names: in `tools`, in `hide`, in `costs`; each once, in that order. */
export function namedTools(document: Json): string[] {
  const root = objectOf(document);
  const names = [
    ...Object.keys(objectOf(ownMember(root, 'tools'))),
    ...hiddenNames(document).filter((name) => name !== '*'),
    ...Object.keys(objectOf(ownMember(root, 'costs'))),
  ];
  return [...new Set(names)];
}

/** Takes everything about `tool` out of the document: its rule, its cost, its place in `hide`. */
export function forgetTool(document: Json, tool: string): JsonObject {
  return setHidden(setCost(followDefault(document, tool), tool, undefined), tool, false);
}

/** Removes the rule of `tool`, so that `default` decides. */
export function followDefault(document: Json, tool: string): JsonObject {
  const root = objectOf(document);
  return isJsonObject(ownMember(root, 'tools')) ? setRule(root, { tool }, undefined) : root;
}

/**
 * `document` with another way of asking at `place`. `when` is needed for the mode of that name; without a
 * single condition the rule asks always, never not at all.
 */
export function setApproval(
  document: Json,
  place: RulePlace,
  mode: RuleApproval['mode'],
  when: readonly Json[] = [],
): JsonObject {
  const rule = ruleAt(document, place) ?? {};
  const { timeout } = approvalOf(rule);
  const kept = timeout === undefined ? {} : { timeout };
  const asks: Json | undefined =
    mode === 'never'
      ? undefined
      : mode === 'when' && when.length > 0
        ? { when: [...when], ...kept }
        : timeout === undefined
          ? true
          : kept;
  const next = withMember(rule, 'require_approval', asks, ruleOrder);
  return setRule(document, place, next.action === 'require_approval' ? without(next, ['action']) : next);
}

/**
 * `document` in which `tool` has a rule of its own that says what holds without one: what is changed of it leaves the rest
 * as it was. One that is denied by default gets none.
 */
export function withOwnRule(document: Json, tool: string, category: Category | undefined): Json {
  const place = { tool };
  const { choice, because } = outcomeOf(document, tool, category);
  if (because === 'category' && category !== undefined)
    return setRule(document, place, ruleAt(document, { category }) ?? {});
  return because === 'default' && choice === 'ask' ? setApproval(document, place, 'always') : document;
}

/** Sets how long an approval waits ("5m"); undefined for the usual time. The rule must ask already. */
export function setTimeoutOf(document: Json, place: RulePlace, timeout: string | undefined): JsonObject {
  const asks = ruleAt(document, place)?.require_approval;
  const next = withMember(objectOf(asks), 'timeout', timeout, ['when', 'timeout']);
  return setPart(document, place, 'require_approval', Object.keys(next).length === 0 ? true : next);
}

function without(rule: JsonObject, parts: readonly string[]): JsonObject {
  return parts.reduce((rest, part) => withMember(rest, part, undefined), rule);
}

/**
 * `document` after *Allow*, *Ask*, *Deny*, *Hide* or *Custom* was chosen for `tool`. *Deny* and *Hide* keep
 * the tool's conditions for later; *Allow* and *Ask* remove them, since they would still count. *Custom*
 * takes `remembered` where there is a rule to come back to, and never opens what was closed: it asks.
 */
export function setToolOutcome(
  document: Json,
  tool: string,
  choice: Choice,
  remembered?: JsonObject,
): JsonObject {
  if (choice === 'hide') return setHidden(document, tool, true);
  const before = outcomeOf(document, tool).choice;
  const shown = setHidden(document, tool, false);
  const place = { tool };
  const rule = ruleAt(shown, place) ?? {};
  switch (choice) {
    case 'deny':
      return setPart(shown, place, 'action', 'deny');
    case 'allow':
      return setRule(shown, place, without(plain(rule), ['require_approval']));
    case 'ask':
      return setApproval(setRule(shown, place, plain(rule)), place, 'always');
    case 'custom': {
      if (remembered !== undefined) return setRule(shown, place, remembered);
      const open = setRule(shown, place, without(rule, closed(rule)));
      const asks = approvalOf(ruleAt(open, place)).mode !== 'never';
      return before === 'allow' || before === 'custom' || asks ? open : setApproval(open, place, 'always');
    }
  }
}

/** The rule without what makes it depend on the call, and without an action. */
function plain(rule: JsonObject): JsonObject {
  return without(rule, ['action', 'reason', 'deny_if', 'require', 'limits', 'rate_limit']);
}

function closed(rule: JsonObject): string[] {
  return rule.action === 'deny' || rule.action === 'hide' ? ['action', 'reason'] : [];
}

/**
 * What becomes of a plain call of `tool`, with what every tool has in common: `depends` when that is up to
 * its arguments. Limits are not looked at: they allow the first call.
 */
export function effectOf(
  document: Json,
  tool: string,
  category?: Category,
): Exclude<Choice, 'custom'> | 'depends' {
  const { choice, because } = outcomeOf(document, tool, category);
  if (choice === 'hide' || choice === 'deny') return choice;
  const own = ruleAt(document, { tool }) ?? (category && ruleAt(document, { category }));
  const rules = [ruleAt(document, 'all_tools'), own];
  if (rules.some((rule) => listOf(rule?.deny_if).length + listOf(rule?.require).length > 0)) return 'depends';
  if (rules.some((rule) => listOf(rule?.limits).some(countsArgument))) return 'depends';
  const asks = rules.map((rule) => approvalOf(rule).mode);
  if (because === 'default' && choice === 'ask') return 'ask';
  if (asks.includes('always') || own?.action === 'require_approval') return 'ask';
  return asks.includes('when') ? 'depends' : 'allow';
}

function countsArgument(limit: Json): boolean {
  const from = objectOf(limit).increment_from;
  return typeof from === 'string' && from !== 'cost';
}
