/**
 * What the visual builder does to a policy document: pure functions from one document to the next. Each
 * changes the part it is named after and leaves everything else as it is, also what the builder cannot
 * show. A document on its way may be anything JSON; whatever is not as expected is read as absent.
 */
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';

/** What may be chosen for a tool. `custom`: it depends on conditions or limits. */
export type Choice = 'allow' | 'ask' | 'deny' | 'hide' | 'custom';

export interface ToolOutcome {
  choice: Choice;
  /** What says so: the tool's own rule, `default`, the list `hide`, or `"*"` in it. */
  because: 'rule' | 'default' | 'hide' | 'hide all';
}

/** Whose rule: one tool's, or the one that concerns every tool. */
export type RulePlace = { tool: string } | 'all_tools';

/** The order in which members are added; those that are there stay where they are. */
const documentOrder = ['version', 'description', 'default', 'hide', 'costs', 'all_tools', 'tools'];
const ruleOrder = [
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

/** The rule at `place`; undefined when there is none, or when it is no object. */
export function ruleAt(document: Json, place: RulePlace): JsonObject | undefined {
  const root = objectOf(document);
  const rule =
    place === 'all_tools'
      ? ownMember(root, 'all_tools')
      : ownMember(objectOf(ownMember(root, 'tools')), place.tool);
  return isJsonObject(rule) ? rule : undefined;
}

/** `document` with another rule at `place`. An empty `all_tools` is left out; a tool's `{}` allows it. */
function setRule(document: Json, place: RulePlace, rule: JsonObject | undefined): JsonObject {
  if (place === 'all_tools') {
    const empty = rule === undefined || Object.keys(rule).length === 0;
    return setField(document, 'all_tools', empty ? undefined : rule);
  }
  const tools = objectOf(ownMember(objectOf(document), 'tools'));
  return setField(document, 'tools', withMember(tools, place.tool, rule));
}

/** `document` with one member of the rule at `place` set or removed; a rule that is missing is made. */
export function setPart(document: Json, place: RulePlace, part: string, value: Json | undefined): JsonObject {
  const rule = ruleAt(document, place) ?? {};
  return setRule(document, place, withMember(rule, part, value, ruleOrder));
}

/** The counter of each limit in the document, with every use of it. */
export function countersOf(document: Json): string[] {
  const root = objectOf(document);
  const rules = [ownMember(root, 'all_tools'), ...Object.values(objectOf(ownMember(root, 'tools')))];
  return rules
    .flatMap((rule) => listOf(objectOf(rule).limits))
    .map((limit) => objectOf(limit).counter)
    .filter((counter) => typeof counter === 'string');
}

/** The names in `hide`. */
export function hiddenNames(document: Json): string[] {
  return listOf(ownMember(objectOf(document), 'hide')).filter((name) => typeof name === 'string');
}

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

/** What the document says of `tool`, in one word. What every tool has in common is not looked at. */
export function outcomeOf(document: Json, tool: string): ToolOutcome {
  const hidden = hiddenNames(document);
  if (hidden.includes('*')) return { choice: 'hide', because: 'hide all' };
  if (hidden.includes(tool)) return { choice: 'hide', because: 'hide' };
  const root = objectOf(document);
  const rule = ownMember(objectOf(ownMember(root, 'tools')), tool);
  if (rule === undefined) return { choice: defaultChoice(document), because: 'default' };
  return { choice: isJsonObject(rule) ? ruleChoice(rule) : 'custom', because: 'rule' };
}

/** What happens to a tool that is not listed. What is not understood denies, as it does when a call is judged. */
export function defaultChoice(document: Json): 'allow' | 'ask' | 'deny' {
  const fallback = ownMember(objectOf(document), 'default');
  return fallback === 'allow' ? 'allow' : fallback === 'require_approval' ? 'ask' : 'deny';
}

function ruleChoice(rule: JsonObject): Choice {
  if (rule.action === 'hide') return 'hide';
  if (rule.action === 'deny') return 'deny';
  const strange = Object.keys(rule).some((key) => !ruleOrder.includes(key));
  if (strange || hasConditions(rule) || !isPlainAction(rule.action)) return 'custom';
  return approvalOf(rule).mode === 'always' ? 'ask' : 'allow';
}

const isPlainAction = (action: Json | undefined) =>
  action === undefined || action === 'allow' || action === 'require_approval';

/** Whether anything in the rule makes the outcome depend on the call, or on earlier calls. */
function hasConditions(rule: JsonObject): boolean {
  const lists = [rule.deny_if, rule.require, rule.limits];
  if (lists.some((list) => list !== undefined && !(Array.isArray(list) && list.length === 0))) return true;
  if (rule.rate_limit !== undefined) return true;
  return approvalOf(rule).mode === 'when' && rule.action !== 'require_approval';
}

/** How a rule asks. */
export interface RuleApproval {
  mode: 'never' | 'always' | 'when';
  /** How long an approval waits, as the policy writes it ("5m"). */
  timeout: string | undefined;
}

/** How `rule` asks the person. */
export function approvalOf(rule: JsonObject | undefined): RuleApproval {
  const asks = rule?.require_approval;
  const timeout = isJsonObject(asks) && typeof asks.timeout === 'string' ? asks.timeout : undefined;
  if (isJsonObject(asks) && asks.when !== undefined) return { mode: 'when', timeout };
  const always = asks === true || isJsonObject(asks) || rule?.action === 'require_approval';
  return { mode: always ? 'always' : 'never', timeout };
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
export function effectOf(document: Json, tool: string): Exclude<Choice, 'custom'> | 'depends' {
  const { choice, because } = outcomeOf(document, tool);
  if (choice === 'hide' || choice === 'deny') return choice;
  const own = ruleAt(document, { tool });
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
