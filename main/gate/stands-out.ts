import type { Signal } from '../../shared/contract.ts';
import { costWords } from '../../shared/cost.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { hasUnseen } from '../../shared/text.ts';

/** Past this many characters a text is more than a person reads at a glance. */
const LONG_TEXT = 1000;

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
  costUnit: string;
  /** Whether this client was never allowed this tool before. */
  first: boolean;
}): Signal[] {
  const signals: Signal[] = [];
  const webhooks: { text: string; name: string }[] = [];
  const others: { text: string; name: string }[] = [];
  let long = false;
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
  visit({ arguments: call.arguments, also: call.also }, (text, name) => {
    if (text.length > LONG_TEXT) long = true;
    if (hasUnseen(text)) unseen = true;
    if (ADDRESS.test(text)) (/callback|webhook|notify/i.test(name) ? webhooks : others).push({ text, name });
  });
  const found = [...webhooks, ...others];
  const addresses = new Map<string, Signal>();
  for (const [at, { text, name }] of found.slice(0, MOST_READ).entries()) {
    const host = hostOf(text);
    if (host === undefined) continue;
    const signal: Signal =
      at < webhooks.length
        ? { kind: 'webhook', text: `Sends the result to ${host} (${name.slice(0, 100)})` }
        : { kind: 'host', text: `Names an address at ${host}` };
    addresses.set(signal.text, signal);
  }
  signals.push(...[...addresses.values()].slice(0, MOST_ADDRESSES));
  const unread = Math.max(0, found.length - MOST_READ);
  const more = Math.max(0, addresses.size - MOST_ADDRESSES) + unread;
  if (more > 0)
    signals.push({ kind: 'host', text: `Names ${more} more addresses; look through the arguments` });
  if (unseen) signals.push({ kind: 'hidden-text', text: 'Holds characters that cannot be seen' });
  if (call.cost !== undefined && call.cost > 0) {
    signals.push({ kind: 'cost', text: `Costs ${costWords(call.cost, call.costUnit)}` });
  }
  if (call.first) signals.push({ kind: 'first', text: 'First time this client asks for this' });
  if (long) signals.push({ kind: 'long', text: 'Holds a very long text' });
  return signals;
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
  return text.length > LONG_TEXT ? `${text.slice(0, LONG_TEXT).toWellFormed()}…` : text;
}

function visit(value: Json, see: (text: string, name: string) => void, name = ''): void {
  if (typeof value === 'string') see(value, name);
  else if (Array.isArray(value)) for (const item of value) visit(item, see, name);
  else if (value !== null && typeof value === 'object') {
    for (const [member, inner] of Object.entries(value)) visit(inner, see, member);
  }
}

const ADDRESS = /^\s*[a-z][a-z0-9+.-]*:\/\//i;

function hostOf(address: string): string | undefined {
  return URL.parse(address.trim())?.host || undefined;
}
