import { isJsonObject, type Json, type JsonObject, ownMember } from '../json.ts';
import { lumaTool } from '../luma.ts';
import { listOf, ruleAt, setList } from './edit.ts';
import { urlHost } from './hosts.ts';

/** An address that a call hands to the provider: the argument, and the host in it. */
export interface CalledHost {
  argument: string;
  host: string;
}

/** The hosts in a call's arguments that are known to hold an address: elsewhere every text would be denied. */
export function calledHosts(tool: string, args: JsonObject): CalledHost[] {
  const known = lumaTool(tool);
  if (known === undefined) return [];
  const names = known.webhook === undefined ? known.urls : [...known.urls, known.webhook];
  return names.flatMap((argument) => {
    const value = ownMember(args, argument);
    const host = typeof value === 'string' ? urlHost(value) : undefined;
    return host === undefined ? [] : [{ argument, host }];
  });
}

/** Which host is meant, short enough for a button: "this host", with its argument where a call names several. */
export function neverHostWords({ argument }: CalledHost, all: readonly CalledHost[]): string {
  return all.length === 1 ? 'this host' : `this host (${argument})`;
}

/** What {@link neverHost} makes of a policy, in words: no more and no less. */
export function neverHostSentence({ argument, host }: CalledHost): string {
  return `Every call whose ${argument} is on ${host} is denied, whatever the tool. So is one whose ${argument} is given and is no plain web address, for nobody can say whose it is. Subdomains and other arguments are not meant.`;
}

/**
 * The document with a rule more: no tool is called with this argument on this host. It can only deny more: it lists no
 * tool, and takes nothing out. `undefined`: the document says so already.
 */
export function neverHost(document: Json, { argument, host }: CalledHost): JsonObject | undefined {
  const rules = listOf(ruleAt(document, 'all_tools')?.deny_if);
  const says = (rule: Json) =>
    isNeverHost(rule) && rule.path === `args.${argument}` && listOf(rule.value).includes(host);
  if (rules.some(says)) return undefined;
  const next = { path: `args.${argument}`, op: 'host_in', value: [host] };
  return setList(document, 'all_tools', 'deny_if', [...rules, next]);
}

/** Whether a condition of `deny_if` keeps out hosts by their names. */
export function isNeverHost(rule: Json): rule is JsonObject {
  return isJsonObject(rule) && rule.op === 'host_in' && Array.isArray(rule.value);
}
