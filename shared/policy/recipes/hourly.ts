import { type Json, type JsonObject, ownMember } from '../../json.ts';
import { videoTools } from '../../luma.ts';
import {
  countersOf,
  freeName,
  limitsAt,
  listOf,
  objectOf,
  pointerOf,
  type RulePlace,
  replaced,
  ruleAt,
  setList,
  setRule,
} from '../edit.ts';
import { defaultChoice, isOpen } from '../outcome.ts';
import type { Recipe } from './recipe.ts';

/** How many videos may be made in any hour. */
export interface Hourly {
  max: number;
  /** Whose: by each client, or by all of them together. */
  scope: 'grant' | 'all';
}

/** The members that the recipe writes, or leaves as they are. */
const MEMBERS = ['counter', 'window', 'max', 'scope', 'on_deny'];

/**
 * At most so many videos an hour: a limit in the rule of each tool that makes them, all of one counter. One for every
 * tool would count what is only looked up, too.
 */
export const hourly: Recipe<Hourly> = {
  recognise(document) {
    const own = videoTools.map((tool) => ({ tool, limits: limitsAt(document, { tool }).filter(isHourly) }));
    const other = otherLimits(document);
    const [first] = own.flatMap(({ limits }) => limits);
    if (other !== undefined) return { kind: 'custom', at: other };
    if (first === undefined) return { kind: 'off' };
    const { counter, max } = first;
    const scope = first.scope ?? 'grant';
    const strange = own.find(
      ({ tool, limits }) =>
        limits.length > 1 ||
        (limits.length === 0 && isOpen(document, tool)) ||
        limits.some(
          (limit) =>
            limit.counter !== counter ||
            limit.max !== max ||
            (limit.scope ?? 'grant') !== scope ||
            Object.keys(limit).some((key) => !MEMBERS.includes(key)),
        ),
    );
    const shared = countersOf(document).filter((each) => each === counter).length;
    const alone = shared === own.flatMap(({ limits }) => limits).length;
    const whole = typeof max === 'number' && Number.isInteger(max);
    return strange === undefined && alone && whole && (scope === 'grant' || scope === 'all')
      ? { kind: 'on', value: { max, scope } }
      : { kind: 'custom', at: pointerOf({ tool: strange?.tool ?? firstOf(own) }) };
  },

  apply(document, value) {
    const found = hourly.recognise(document);
    if (found.kind === 'custom' || (found.kind === 'off' && value === undefined)) return objectOf(document);
    const now = videoTools.flatMap((tool) => limitsAt(document, { tool }).filter(isHourly));
    const fresh = { counter: now[0]?.counter ?? freeName('videos', countersOf(document)), window: 'hour' };
    return videoTools.reduce((before: JsonObject, tool) => {
      const place = { tool };
      const rule = ruleAt(before, place);
      if (value === undefined) return withoutLimit(before, tool);
      const next = { ...(limitsAt(before, place).find(isHourly) ?? fresh), ...value };
      if (rule !== undefined)
        return setList(before, place, 'limits', replaced(listOf(rule.limits), isHourly, [next]));
      // To list a tool would allow what the default denies.
      return defaultChoice(before) === 'deny'
        ? before
        : setRule(before, place, { action: objectOf(before).default as string, limits: [next] });
    }, objectOf(document));
  },
};

/** `after`, where `tool` was given another rule, with the limit of the recipe in it, if that is on in `before`. */
export function stillHourly(before: Json, after: JsonObject, tool: string): JsonObject {
  if (!videoTools.includes(tool) || hourly.recognise(before).kind !== 'on') return after;
  const [limit] = [tool, ...videoTools].flatMap((each) => limitsAt(before, { tool: each }).filter(isHourly));
  const rule = ruleAt(after, { tool });
  if (rule === undefined || limit === undefined) return after;
  return setList(after, { tool }, 'limits', replaced(listOf(rule.limits), isHourly, [limit]));
}

/** Whether there is a tool that a limit on videos could stand at: one that is listed, or that the default lets through. */
export function canLimitVideos(document: Json): boolean {
  return (
    defaultChoice(document) !== 'deny' || videoTools.some((tool) => ruleAt(document, { tool }) !== undefined)
  );
}

function withoutLimit(document: JsonObject, tool: string): JsonObject {
  const limits = listOf(ruleAt(document, { tool })?.limits);
  if (!limits.some(isHourly)) return document;
  const next = setList(document, { tool }, 'limits', replaced(limits, isHourly, []));
  const rule = ruleAt(next, { tool }) ?? {};
  // It was listed for the limit alone: the default says the same of it.
  const plain = Object.keys(rule).length === 1 && rule.action === ownMember(next, 'default');
  return plain && rule.action !== 'deny' ? setRule(next, { tool }, undefined) : next;
}

/** Where something else limits the videos, or every call, by the hour, or says what becomes of videos that are not listed. */
function otherLimits(document: Json): string | undefined {
  const unlisted = videoTools.some((tool) => ruleAt(document, { tool }) === undefined);
  if (unlisted && ownMember(objectOf(document), 'categories') !== undefined) return '/categories';
  const rated = (place: RulePlace) => {
    const rate = ruleAt(document, place)?.rate_limit;
    return typeof rate === 'string' ? rate.endsWith('/hour') : isHour(objectOf(rate).window);
  };
  if (limitsAt(document, 'all_tools').some(isHourly)) return '/all_tools/limits';
  const places: RulePlace[] = ['all_tools', ...videoTools.map((tool) => ({ tool }))];
  const place = places.find(rated);
  return place && `${pointerOf(place)}/rate_limit`;
}

/** Whether a limit counts calls by the hour. */
function isHourly(limit: Json): boolean {
  const { window, increment_from: from } = objectOf(limit);
  return isHour(window) && from === undefined;
}

function isHour(window: Json | undefined): boolean {
  return window === 'hour' || window === 3600;
}

function firstOf(own: readonly { tool: string; limits: readonly JsonObject[] }[]): string {
  return own.find(({ limits }) => limits.length > 0)?.tool ?? '';
}
