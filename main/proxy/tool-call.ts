import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { inexactNumber } from '../base/exact-json.ts';
import { META_PREFIX } from '../base/revisions.ts';
import { fold } from './messages.ts';

/** What a `tools/call` asks for: everything that may mean something to the server. */
export interface ToolCall {
  name: string;
  arguments: JsonObject;
  /** What else is sent: the other members of `params` that a revision defines, and what counts of `_meta`. */
  also: JsonObject;
  /** What the client says that it can do with the answer (`_meta`, since 2026-07-28). */
  capabilities: Json | undefined;
  /** `params` as they are sent, but for `arguments`, which a person may change. */
  params: JsonObject;
}

/** Members of `params` beside `name`, `arguments` and `_meta`, in any revision. */
const ALSO = new Set([
  // 2025-11-25: the answer is a task.
  'task',
  // 2026-07-28: what the client answers to an answer that asked for input.
  'inputResponses',
  'requestState',
]);

const OPTIONAL = new Set(['arguments', '_meta']);

const CAPABILITIES = `${META_PREFIX}clientCapabilities`;

/** Members of `_meta` that only steer the transport, or say what the log has anyway. They are sent on. */
const STEERING = new Set([
  'progressToken',
  'traceparent',
  'tracestate',
  'baggage',
  `${META_PREFIX}protocolVersion`,
  `${META_PREFIX}clientInfo`,
  `${META_PREFIX}logLevel`,
  CAPABILITIES,
]);

/**
 * Members of `_meta` in which agents keep their own books (Claude Code, VS Code, Codex): another with each call,
 * so that no two calls would be the same. They mean nothing to a server and are not sent on, so nothing that
 * could is hidden in them.
 */
const BOOKKEEPING = /^(?:claudecode\/|vscode\.|x-codex-|threadId$)/;

/** Characters of a tool's name; MCP recommends 128 at most. */
const LONGEST_NAME = 256;

/**
 * Reads the parameters of a `tools/call`. Refused, as a sentence for the agent: members that no revision
 * defines, those that another parser could take for `name` or `arguments` (Go's matches names whatever their
 * case), and numbers that JavaScript cannot give back. Each would be judged by one and run by the other.
 */
export function parseToolCall(sent: JsonObject | undefined): { call: ToolCall } | { error: string } {
  const params = sent && withoutAbsent(sent);
  const name = params && ownMember(params, 'name');
  const args = params && ownMember(params, 'arguments');
  const meta = params && ownMember(params, '_meta');
  if (params === undefined || typeof name !== 'string')
    return { error: 'params.name must be the name of a tool.' };
  if (name.length > LONGEST_NAME)
    return { error: `params.name is longer than ${LONGEST_NAME} characters. No tool is called so.` };
  if (args !== undefined && !isJsonObject(args)) return { error: 'params.arguments must be an object.' };
  if (meta !== undefined && !isJsonObject(meta)) return { error: 'params._meta must be an object.' };
  const also: [string, Json][] = [];
  for (const [member, value] of Object.entries(params)) {
    if (member === 'name' || member === 'arguments' || member === '_meta') continue;
    if (fold(member) === 'name' || fold(member) === 'arguments')
      return { error: `params has a member ${JSON.stringify(member)} that could be misread.` };
    if (!ALSO.has(member))
      return {
        error: `params has a member ${JSON.stringify(member)} that no revision of MCP defines. Leave it out.`,
      };
    also.push([member, value]);
  }
  const inexact = inexactNumber(params);
  if (inexact) {
    const where = inexact.path.join('.');
    return {
      error: `params.${where} is the number ${inexact.text.slice(0, 100)}, which cannot be passed on exactly. Send it as text where the tool takes that, or another number.`,
    };
  }
  const kept = Object.entries(meta ?? {}).filter(([member]) => !BOOKKEEPING.test(member));
  const counts = kept.filter(([member]) => !STEERING.has(member));
  if (counts.length > 0) also.push(['_meta', Object.fromEntries(counts)]);
  return {
    call: {
      name,
      arguments: args ?? {},
      also: Object.fromEntries(also),
      capabilities: meta && ownMember(meta, CAPABILITIES),
      params: meta === undefined ? params : { ...params, _meta: Object.fromEntries(kept) },
    },
  };
}

/** `params` without members that are `null`, as other programs write what they leave out. */
function withoutAbsent(params: JsonObject): JsonObject {
  const kept = Object.entries(params).filter(
    ([member, value]) => value !== null || (!OPTIONAL.has(member) && !ALSO.has(member)),
  );
  return Object.fromEntries(kept);
}
