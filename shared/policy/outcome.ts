/** What a policy document says of a tool, before any call: what the builder shows of it, and recipes go by. */
import { isJsonObject, type Json, type JsonObject, ownMember } from '../json.ts';
import type { Category } from '../tool-category/category.ts';
import { listOf, objectOf, ruleAt, ruleOrder } from './edit.ts';

/** What may be chosen for a tool. `custom`: it depends on conditions or limits. */
export type Choice = 'allow' | 'ask' | 'deny' | 'hide' | 'custom';

export interface ToolOutcome {
  choice: Choice;
  /** What says so: the tool's own rule, that of its category, `default`, the list `hide`, or `"*"` in it. */
  because: 'rule' | 'category' | 'default' | 'hide' | 'hide all';
}

/** The names in `hide`. */
export function hiddenNames(document: Json): string[] {
  return listOf(ownMember(objectOf(document), 'hide')).filter((name) => typeof name === 'string');
}

/** What the document says of `tool`, in one word. What every tool has in common is not looked at. */
export function outcomeOf(document: Json, tool: string, category?: Category): ToolOutcome {
  const hidden = hiddenNames(document);
  if (hidden.includes('*')) return { choice: 'hide', because: 'hide all' };
  if (hidden.includes(tool)) return { choice: 'hide', because: 'hide' };
  const root = objectOf(document);
  const rule = ownMember(objectOf(ownMember(root, 'tools')), tool);
  const ofCategory = category && ruleAt(document, { category });
  if (rule === undefined && ofCategory) return { choice: ruleChoice(ofCategory), because: 'category' };
  if (rule === undefined) {
    const choice = defaultChoice(document);
    // A policy that goes by categories lets none through of which it knows none.
    const unknown = category === undefined && ownMember(root, 'categories') !== undefined;
    return { choice: unknown ? 'deny' : choice, because: 'default' };
  }
  return { choice: isJsonObject(rule) ? ruleChoice(rule) : 'custom', because: 'rule' };
}

/** Whether a call of `tool` can ever run, by what the document says of the tool alone. */
export function isOpen(document: Json, tool: string): boolean {
  const { choice } = outcomeOf(document, tool);
  return choice !== 'hide' && choice !== 'deny';
}

/** What the rule of a category says; `default`: it has none. */
export function categoryChoice(document: Json, category: Category): Choice | 'default' {
  const rule = ruleAt(document, { category });
  return rule === undefined ? 'default' : ruleChoice(rule);
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
