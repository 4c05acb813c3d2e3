import { type Json, type JsonObject, ownMember } from '../json.ts';
import { lumaTool } from '../luma.ts';
import type { PolicyDocument, Predicate } from './document.ts';
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
export function neverHost(
  document: PolicyDocument,
  { argument, host }: CalledHost,
): PolicyDocument | undefined {
  const path = `args.${argument}`;
  const all = document.all_tools ?? {};
  const rules = all.deny_if ?? [];
  const hostsOf = (rule: Predicate): Json[] =>
    rule.op === 'host_in' && rule.path === path && Array.isArray(rule.value) ? rule.value : [];
  if (rules.some((rule) => hostsOf(rule).includes(host))) return undefined;
  const deny_if = [...rules, { path, op: 'host_in' as const, value: [host] }];
  return { ...document, all_tools: { ...all, deny_if } };
}
