import { hash } from 'node:crypto';
import { canonicalJson } from '../../shared/digest.ts';
import { LUMA } from '../../shared/server-id.ts';
import type { Call } from './call.ts';

/**
 * What binds an approval, a ticket or an answer that is shared to a call: SHA-256, in hexadecimal, over the RFC
 * 8785 form of all that decides what runs, where, and in which shape it is answered. By Node's own SHA-256: this is on
 * the way of every call.
 */
export function callDigest({ server, tool, arguments: args, also, capabilities = null }: Call): string {
  const call = { ...also, name: tool, arguments: args, capabilities };
  // Of `luma` it is what it was before there were other servers.
  return hash('sha256', canonicalJson(server === LUMA ? call : [server, call]));
}

/** Of a call that answers what the server asked in answer to an earlier one: the digest of the earlier call. */
export function firstHalfDigest(call: Call): string | undefined {
  if (!Object.hasOwn(call.also, 'inputResponses')) return undefined;
  const { inputResponses: _, requestState: __, ...also } = call.also;
  return callDigest({ ...call, also });
}
