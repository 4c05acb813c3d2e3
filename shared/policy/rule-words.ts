/** Why a call was denied, or asked for, in words from the rule itself. */
import type { ActivityRow } from '../contract.ts';
import { isJsonObject, type Json, ownMember } from '../json.ts';
import { pointerParts } from './paths.ts';
import { describeLimit, describePredicate, describeRate, type Judged } from './predicate-words.ts';

/** Rules that are no place in a policy, each as what follows "because". */
const BRACKETS: Record<string, string> = {
  '(blocked by user)': 'you had blocked this client, or everything',
  '(paused by user)': 'you had paused this client',
  '(no policy)': 'the client had no valid policy',
  '(hidden)': 'the policy hides this tool',
  '(default deny)': 'the policy has no rule for this tool',
  '(default require_approval)': 'the policy asks for every tool that it has no rule for',
  '(also sent)': 'more than arguments is sent, of which the policy says nothing',
  '(ask for every call)': 'you have every call asked for',
  '(changed tool)': 'the server changed or added this tool, and you have not accepted it yet',
  '(not checked)': 'the server describes a part of the arguments in a way that cannot be checked',
  '(too much to be shown)': 'it sends more than can be shown to you',
  '(too many waiting)': 'too many calls of this client waited for you',
  '(snoozed by user)': 'you did not want to be disturbed',
  '(expired)': 'nobody answered in time',
  '(withdrawn)': 'the client did not wait for the answer',
  '(interrupted)': 'Greenlight stopped before it was answered',
  '(upstream exchanged)': 'another upstream was chosen meanwhile',
  '(server removed)': 'the server was removed meanwhile',
  '(not for this server)': 'the client may not use this server any more',
  '(revoked)': 'the client was revoked',
  '(token exchanged)': 'the client got a new token meanwhile',
  '(storage)': 'Greenlight could not write it down',
  '(internal error)': 'Greenlight met an error of its own',
};

/**
 * Why `rule` denies, or asks, as what follows "because": "prompt has a length of at least 1000". `document`: the policy
 * that it is a pointer into; what it does not say is said as far as the pointer does. `undefined`: there is no rule, or
 * none that this version knows.
 */
export function ruleReason(rule: string, document: Json | undefined): string | undefined {
  if (rule.startsWith('(')) return Object.hasOwn(BRACKETS, rule) ? BRACKETS[rule] : undefined;
  const path = pointerParts(rule);
  const ofCategory = path[0] === 'categories';
  const own = path[0] === 'tools' || ofCategory;
  if (!own && path[0] !== 'all_tools') return undefined;
  if (ofCategory && path.length === 1) return 'nobody knows yet what this tool does';
  const [part, index] = path.slice(own ? 2 : 1);
  const at = (depth: number) => valueAtPath(document, path.slice(0, depth));
  const place = own ? 2 : 1;
  const item = index === undefined ? undefined : at(place + 2);
  const every = (ofCategory && CATEGORIES[path[1] ?? '']) || (own ? 'every call of this tool' : 'every call');
  switch (part) {
    case 'action':
      return at(place + 1) === 'require_approval'
        ? `the policy asks for ${every}`
        : `the policy denies ${every}`;
    case 'validate_arguments':
      return 'the arguments do not fit the tool’s own schema';
    case 'deny_if':
      return condition(item, 'deny_if') ?? 'it is what the policy denies';
    case 'require': {
      const words = condition(item, 'require');
      return words === undefined ? 'it is not as the policy requires' : `it is let through only if ${words}`;
    }
    case 'limits':
      return limit(item === undefined ? undefined : describeLimit(item));
    case 'rate_limit':
      return limit(describeRate(at(place + 1) ?? null));
    case 'require_approval':
      return index === 'when' && path.length > place + 2
        ? (condition(at(place + 3), 'when') ?? SUCH)
        : asking(at(place + 1), every);
    default:
      return undefined;
  }
}

const CATEGORIES: Record<string, string> = {
  read: 'every call of a tool that only reads',
  write: 'every call of a tool that changes something',
  destructive: 'every call of a tool that destroys',
  execute: 'every call of a tool that runs commands',
  spend: 'every call of a tool that spends',
};

/** Those of them that ask; where the person chose so, some deny. */
const ASKING = [
  '(default require_approval)',
  '(also sent)',
  '(ask for every call)',
  '(changed tool)',
  '(not checked)',
];

/** The same of a call in the log, as a sentence: "Denied because callback_url is present." */
export function ruleSentence(
  { rule, outcome, decidedBy }: Pick<ActivityRow, 'rule' | 'outcome' | 'decidedBy'>,
  document: Json | undefined,
): string | undefined {
  if (rule === '') return 'The policy allows it.';
  const reason = ruleReason(rule, document);
  if (reason === undefined) return undefined;
  const asks = !rule.startsWith('(') || ASKING.includes(rule);
  if (outcome === 'denied' && (!asks || decidedBy === 'policy')) return `Denied because ${reason}.`;
  return `${asks ? 'Asked for' : 'It did not run'} because ${reason}.`;
}

/** Of a condition without words, or one that is not there any more. */
const SUCH = 'the policy asks for such a call';

/** Of all conditions of a rule: earlier versions did not say which one asked. */
function asking(approval: Json | undefined, every: string): string {
  const when = isJsonObject(approval) ? ownMember(approval, 'when') : undefined;
  if (!Array.isArray(when)) return `the policy asks for ${every}`;
  const words = when.map((each) => condition(each, 'when'));
  if (words.includes(undefined)) return SUCH;
  return words.join(', or ');
}

function limit(words: string | undefined): string {
  return words === undefined ? 'a limit is reached' : `a limit is reached: ${words}`;
}

function condition(predicate: Json | undefined, judged: Judged): string | undefined {
  const words = predicate === undefined ? undefined : describePredicate(predicate, judged);
  // Of hosts the usual one: what is no URL cannot be judged, and so is denied or asked for.
  const unclear = judged !== 'require' && isJsonObject(predicate) && /^host_/.test(String(predicate.op));
  return words !== undefined && unclear ? `${words}, or is no plain http(s) URL` : words;
}

/** What stands in `document` at these names; own members alone. */
function valueAtPath(document: Json | undefined, path: readonly string[]): Json | undefined {
  let value = document;
  for (const name of path) {
    if (Array.isArray(value)) value = /^\d+$/.test(name) ? value[Number(name)] : undefined;
    else value = isJsonObject(value) ? ownMember(value, name) : undefined;
  }
  return value;
}
