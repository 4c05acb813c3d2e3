/** The policy language: read a document, judge calls by it. Normative text: docs/policy.md. */
import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { policyDocument } from './document.ts';

export { type Budget, budgetOf, EXAMPLE_COST, isPriced, unpriced, withBudget } from './budget.ts';
export { type CompiledPolicy, limitsOf, parsePolicy } from './compile.ts';
export { spent } from './cost-from.ts';
export type { PolicyDocument, Predicate, Rule } from './document.ts';
export { evaluate, isHidden, NOT_CHECKED, verdictOnTool } from './evaluate.ts';
export { dayNames, hoursWords, minuteOfWeek, weekDays } from './hours.ts';
export { importIntercept } from './intercept.ts';
export { alwaysAllowLike, askOnlyAbove, costOf, type SeenCall } from './like-this.ts';
export { uncheckedNames } from './messages.ts';
export { type CalledHost, calledHosts, neverHost, neverHostSentence, neverHostWords } from './never-host.ts';
export { askBeforeItChanges, type Preset, presets } from './presets.ts';
export { canLimitVideos, type Hourly, hourly, stillHourly } from './recipes/hourly.ts';
export { longPrompts } from './recipes/long-prompts.ts';
export { pictures } from './recipes/pictures.ts';
export type { Recipe } from './recipes/recipe.ts';
export { webhooks } from './recipes/webhooks.ts';
export { type WorkingHours, workingHours } from './recipes/working-hours.ts';
export type { CostFrom, GuardMode, LimitDemand, PolicyCall, PolicyError, Verdict } from './types.ts';

/** JSON Schema (2020-12) of the policy document, for completion in editors. */
export function policyJsonSchema(): JsonObject {
  return z.toJSONSchema(policyDocument, { io: 'input' }) as JsonObject;
}
