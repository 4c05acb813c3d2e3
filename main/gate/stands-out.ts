import type { Signal } from '../../shared/contract.ts';
import { costWords } from '../../shared/cost.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { hasUnseen } from '../../shared/text.ts';
import { addressesIn, hostOf } from './addresses.ts';

/** Past this many characters, or lines, a text is more than a person reads at a glance: cards fold it. */
const LONG_TEXT = 700;
const MANY_LINES = 12;

/** What pushes the text after it out of sight. */
const BLANK = /\n(?:[^\S\n]*\n){5}|[^\S\n]{60}/;

/** Characters of what is quoted. */
const LONG_QUOTE = 1000;

/** Addresses that are named one by one. */
const MOST_ADDRESSES = 10;

/** Addresses that are read: each takes microseconds, and a call may hold thousands. The others are counted. */
const MOST_READ = 500;

/**
 * What stands out in a call, for the person who is asked: where data could go, what it costs, what is
 * new or unusual. Most important first.
 */
export function signalsOf(call: {
  arguments: JsonObject;
  /** What is sent beside the arguments. */
  also: JsonObject;
  /** When the server asked for what this call brings, as the wall clock showed it (ms); absent unless it did. */
  askedForInputAt?: number | undefined;
  cost: number | undefined;
  /** What is held of a cost that only the answer says; absent: it is known before. */
  held?: number | undefined;
  costUnit: string;
  /** Whether the person never allowed this client this tool. */
  first: boolean;
}): Signal[] {
  const signals: Signal[] = [];
  const webhooks: { address: string; name: string }[] = [];
  const others: { address: string }[] = [];
  let long = false;
  let blank = false;
  let unseen = false;
  const sent = Object.keys(call.also);
  if (sent.includes('inputResponses')) {
    signals.push({
      kind: 'second-half',
      text: `${secondHalf(call.askedForInputAt)} ${beginning(call.also.inputResponses ?? null)}`,
    });
  }
  const rest = sent.filter((member) => member !== 'inputResponses');
  if (rest.length > 0) {
    const also = Object.fromEntries(rest.map((member) => [member, call.also[member] ?? null]));
    signals.push({ kind: 'also', text: `Also sends ${beginning(also)}` });
  }
  visit({ arguments: call.arguments, also: call.also }, (value, name, callsOut) => {
    const text = String(value);
    if (text.length > LONG_TEXT || text.split('\n', MANY_LINES + 2).length > MANY_LINES + 1) long = true;
    if (BLANK.test(text)) blank = true;
    if (hasUnseen(text)) unseen = true;
    const named = typeof value === 'string' ? addressesIn(text) : [];
    if (!callsOut) others.push(...named.map((address) => ({ address })));
    // Whatever stands there, who gets it may call it; a value that is no address is shown as it is.
    else if (named.length > 0) webhooks.push(...named.map((address) => ({ address, name })));
    else if (text.trim() !== '') webhooks.push({ address: text, name });
  });
  const addresses = new Map<string, Signal>();
  for (const { address, name } of webhooks.slice(0, MOST_READ)) {
    const to = hostOf(address) ?? `“${address.trim().slice(0, 100).toWellFormed()}”`;
    const text = `Sends the result to ${to} (${name.slice(0, 100)})`;
    addresses.set(text, { kind: 'webhook', text });
  }
  for (const { address } of others.slice(0, Math.max(0, MOST_READ - webhooks.length))) {
    const host = hostOf(address);
    const text = `Names an address at ${host}`;
    if (host !== undefined) addresses.set(text, { kind: 'host', text });
  }
  signals.push(...[...addresses.values()].slice(0, MOST_ADDRESSES));
  const unread = Math.max(0, webhooks.length + others.length - MOST_READ);
  const more = Math.max(0, addresses.size - MOST_ADDRESSES) + unread;
  if (more > 0)
    signals.push({ kind: 'host', text: `Names ${more} more addresses; look through the arguments` });
  if (blank) signals.push({ kind: 'hidden-text', text: 'Holds blanks that push what follows out of sight' });
  if (unseen) signals.push({ kind: 'hidden-text', text: 'Holds characters that cannot be seen' });
  if (call.held !== undefined) {
    const held = call.held > 0 ? `; ${costWords(call.held, call.costUnit)} is held until then` : '';
    signals.push({ kind: 'cost', text: `Costs what the server says afterwards${held}` });
  }
  if (call.cost !== undefined && call.cost > 0) {
    signals.push({ kind: 'cost', text: `Costs ${costWords(call.cost, call.costUnit)}` });
  }
  if (call.first) signals.push({ kind: 'first', text: 'You have not allowed this client this tool before' });
  if (long) signals.push({ kind: 'long', text: 'Holds a long text: read it to its end' });
  return signals;
}

/** The hosts of all addresses in a call; `undefined` where one that is called has none, or there are too many to read. */
export function hostsIn(call: { arguments: JsonObject; also: JsonObject }): string[] | undefined {
  const hosts = new Set<string | undefined>();
  let read = 0;
  visit({ arguments: call.arguments, also: call.also }, (value, _name, callsOut) => {
    const found = typeof value === 'string' ? addressesIn(value) : [];
    read += found.length;
    for (const address of found.slice(0, MOST_READ)) hosts.add(hostOf(address));
    if (callsOut && found.length === 0 && String(value).trim() !== '') hosts.add(undefined);
  });
  return read > MOST_READ || hosts.has(undefined)
    ? undefined
    : [...hosts].filter((host) => host !== undefined);
}

/**
 * `asked`: when (ms) the server asked. Without that, only the client says that it did. Short: what is new, which
 * follows, must not be what a notification cuts.
 */
function secondHalf(asked: number | undefined): string {
  return asked === undefined
    ? 'Answers what the server is not known to have asked. New:'
    : `Second half of a call that was allowed at ${new Date(asked).toTimeString().slice(0, 5)}. New:`;
}

/** `value` as a person reads it at a glance; all of it is in the card. */
function beginning(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > LONG_QUOTE ? `${text.slice(0, LONG_QUOTE).toWellFormed()}…` : text;
}

/** The name of an argument that is called when the work is done: `callback_url`, `webhook`, `notify`. */
const CALLS_OUT = /call_?-?back|hook|notif|post_?back/i;

/** Shows `see` every text and number, with the member that it stands in and whether that, or one around it, calls out. */
function visit(
  value: Json,
  see: (value: string | number, name: string, callsOut: boolean) => void,
  name = '',
  callsOut = false,
): void {
  if (typeof value === 'string' || typeof value === 'number') see(value, name, callsOut);
  else if (Array.isArray(value)) for (const item of value) visit(item, see, name, callsOut);
  else if (value !== null && typeof value === 'object') {
    for (const [member, inner] of Object.entries(value))
      visit(inner, see, callsOut ? `${name}.${member}` : member, callsOut || CALLS_OUT.test(member));
  }
}
