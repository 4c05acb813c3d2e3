/** Calls as the gate and the log get them, where a test is about something else. */
import type { Call } from '../../main/gate/call.ts';
import type { AskedCall } from '../../main/ledger/activity-row.ts';
import type { Grant } from '../../main/ledger/grants.ts';

/** A call of a tool that only reads, without anything that need not be there. */
export function callOf(grant: Grant, over: Partial<Call> = {}): Call {
  return {
    server: 'luma',
    grant,
    session: undefined,
    client: undefined,
    tool: 'luma_list_actions',
    arguments: {},
    also: {},
    capabilities: undefined,
    ...over,
  };
}

/** What is known of such a call when it is asked. */
export function askedCall(over: Pick<AskedCall, 'id' | 'at'> & Partial<AskedCall>): AskedCall {
  return {
    grantId: 'g',
    label: 'Writer',
    clientName: undefined,
    clientVersion: undefined,
    session: undefined,
    server: 'luma',
    tool: 'luma_list_actions',
    arguments: '{}',
    digest: 'd',
    ...over,
  };
}
