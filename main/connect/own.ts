/** The entries in a client's file that are Greenlight's own: `greenlight`, and those of servers that it protects. */
import { isDeepStrictEqual } from 'node:util';
import { canonicalJson, digest } from '../../shared/digest.ts';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { MASK, maskJson, TOO_MUCH } from '../../shared/mask.ts';
import { type Access, type ConnectClient, entryName } from './client.ts';
import type { Changed, Entry } from './record.ts';

/** One of them. `server`: which it is for; absent: Luma. */
export interface Own {
  at: readonly string[];
  server?: string;
  entry: Entry;
}

/** What of `replaced` an undo puts back: not what stood where one of Greenlight's own, of `before`, is none of `now`. */
export function stillReplaced(
  replaced: Changed['replaced'],
  before: readonly Pick<Own, 'at'>[],
  now: readonly Pick<Own, 'at'>[],
): Changed['replaced'] {
  const among = (all: readonly Pick<Own, 'at'>[], at: readonly string[]) =>
    all.some((one) => samePlace(one.at, at));
  return replaced.filter(({ at }) => !among(before, at) || among(now, at));
}

/** Whether both stand at the same place in a client's file. */
export function samePlace(one: readonly string[], other: readonly string[]): boolean {
  return isDeepStrictEqual(one, other);
}

/** Characters of an entry; a larger one is not shown. */
const LARGEST_SHOWN = 16_000;

/** Members that only hide tools from the agent, in whatever client: they go on doing so. */
const HIDES = [
  'includeTools',
  'excludeTools',
  'disabledTools',
  'enabled_tools',
  'disabled_tools',
  'tools',
  'available_tools',
];

/**
 * Members that say how the client treats a server, wherever that is: how long it waits, what it shows, and what the person
 * lets it do without its own question. It goes on as they say.
 */
const TREATS = [
  'timeout',
  'startup_timeout_sec',
  'startup_timeout_ms',
  'tool_timeout_sec',
  'required',
  'description',
  'trust',
  'alwaysAllow',
  'autoApprove',
];

/** Those that `record` knows, in a client that has its servers in the member `servers`. */
export function ownOf({ entry, entries = [] }: Pick<Changed, 'entry' | 'entries'>, servers: string): Own[] {
  return [...(entry ? [{ at: [servers, entryName], entry }] : []), ...entries];
}

/** The entry that takes the place of `value`, which stood at `at`. */
export function entryFor(
  client: ConnectClient,
  access: Access,
  at: readonly string[],
  value: Json,
): JsonObject {
  const kept = isJsonObject(value)
    ? [...HIDES, ...TREATS].flatMap((name) => {
        const member = ownMember(value, name);
        return member === undefined ? [] : [[name, member] as const];
      })
    : [];
  return { ...client.entry({ ...access, name: at.at(-1) ?? '' }), ...Object.fromEntries(kept) };
}

/** How `entry` is kept as the one that the person accepted: without its secrets. */
export function acceptedEntry(entry: Json): Entry {
  const secrets: string[] = [];
  const shown = shownAs(entry, (secret) => {
    secrets.push(digest(secret));
    return MASK;
  });
  return { digest: digest(entry), shown, secrets };
}

/** The secrets in `entry`, as they are. */
export function secretsIn(entry: Json): string[] {
  const secrets: string[] = [];
  maskJson(entry, (secret) => {
    secrets.push(secret);
    return MASK;
  });
  return secrets;
}

/** Whether `value` is the entry that was accepted, or has its token: the person may have added to it. */
export function isStillOurs(value: Json, entry: Entry): boolean {
  const { digest: now, secrets } = acceptedEntry(value);
  return now === entry.digest || secrets.some((secret) => entry.secrets.includes(secret));
}

/** `entry` for people. */
export function shownAs(entry: Json, show: (secret: string) => string): Json {
  return canonicalJson(entry).length > LARGEST_SHOWN ? TOO_MUCH : maskJson(entry, show);
}
