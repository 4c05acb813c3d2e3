import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { revisionOf } from '../base/revisions.ts';
import type { Message } from './messages.ts';

/** What the names of headers that repeat an argument start with. */
const PARAM_PREFIX = 'mcp-param-';

/** Which member of `params` the `Mcp-Name` header repeats, by method (MCP 2026-07-28, *Standard Headers*; SEP-2663). */
const NAMED_BY = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/**
 * Headers that repeat parts of the body must not contradict it: whoever routes or bills by the header
 * would see another call than the one that was judged. Where no method is called (a response; `undefined`: a request
 * without a body) there is nothing to repeat. Returns what contradicts, as a sentence.
 * `schemaOf` gives a tool's input schema, whose `x-mcp-header` annotations name the `Mcp-Param-*` headers.
 */
export function contradiction(
  headers: IncomingHttpHeaders,
  message: Message | undefined,
  schemaOf: (tool: string) => JsonObject | undefined,
): string | undefined {
  const method = single(headers, 'mcp-method');
  if (message === undefined || message.kind === 'response') {
    const stray = ['mcp-method', 'mcp-name'].find((header) => single(headers, header) !== undefined);
    if (stray === undefined) return undefined;
    return `The header ${stray} names what is called, but ${message ? 'the body is a response' : 'there is no body'}. Leave the header out.`;
  }
  if (method !== undefined && method !== message.method) {
    return `The header Mcp-Method says ${JSON.stringify(method)}, the body ${JSON.stringify(message.method)}.`;
  }
  const params = message.params ?? {};
  const bodyVersion = revisionOf(params);
  const headerVersion = single(headers, 'mcp-protocol-version');
  if (bodyVersion !== undefined && headerVersion !== undefined && bodyVersion !== headerVersion) {
    return 'The header MCP-Protocol-Version and the body name different protocol versions.';
  }
  const name = single(headers, 'mcp-name');
  const member = NAMED_BY.get(message.method);
  if (name !== undefined && member !== undefined && decode(name) !== ownMember(params, member)) {
    return `The header Mcp-Name and params.${member} differ.`;
  }
  if (message.method !== 'tools/call') return undefined;

  const repeated = Object.keys(headers).filter((header) => header.startsWith(PARAM_PREFIX));
  // Since 2026-07-28 they have to be there; before, nobody knew of them.
  const required = bodyVersion !== undefined;
  if (repeated.length === 0 && !required) return undefined;
  const tool = ownMember(params, 'name');
  const args = ownMember(params, 'arguments');
  const annotated = annotations(typeof tool === 'string' ? schemaOf(tool) : undefined);
  for (const header of repeated) {
    const path = annotated.get(header.slice(PARAM_PREFIX.length));
    // The tool does not say which argument it repeats; servers ignore such a header.
    if (!path) continue;
    if (!agrees(decode(single(headers, header) ?? ''), valueAt(args, path))) {
      return `The header ${header} and the argument ${path.join('.')} differ.`;
    }
  }
  if (!required || !isJsonObject(args)) return undefined;
  for (const [header, path] of annotated) {
    if (headers[PARAM_PREFIX + header] === undefined && isMirrored(valueAt(args, path)))
      return `The header ${PARAM_PREFIX}${header}, which repeats the argument ${path.join('.')}, is missing.`;
  }
  return undefined;
}

/** The `Mcp-Param-*` headers that repeat `args`, for a call whose arguments the person changed. */
export function paramHeaders(schema: JsonObject | undefined, args: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [header, path] of annotations(schema)) {
    const value = valueAt(args, path);
    if (isMirrored(value)) headers[PARAM_PREFIX + header] = encode(String(value));
  }
  return headers;
}

/** Header name (lower case, without prefix) -> path of the argument that it repeats. */
function annotations(
  schema: JsonObject | undefined,
  path: string[] = [],
  found = new Map<string, string[]>(),
) {
  const properties = schema && ownMember(schema, 'properties');
  if (!isJsonObject(properties)) return found;
  for (const [name, property] of Object.entries(properties)) {
    if (!isJsonObject(property)) continue;
    const header = ownMember(property, 'x-mcp-header');
    if (typeof header === 'string') found.set(header.toLowerCase(), [...path, name]);
    annotations(property, [...path, name], found);
  }
  return found;
}

function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let at = value;
  for (const name of path) at = isJsonObject(at) ? ownMember(at, name) : undefined;
  return at;
}

/** Whether a header can repeat the value: texts, numbers and truths. */
function isMirrored(value: Json | undefined): boolean {
  return value !== undefined && value !== null && typeof value !== 'object';
}

function agrees(header: string | undefined, value: Json | undefined): boolean {
  if (header === undefined || value === undefined || value === null) return false;
  // Integers are compared as numbers: 42.0 and 42 agree. Decimal only: what else Number() reads, servers may not.
  if (typeof value === 'number') return DECIMAL.test(header) && Number(header) === value;
  return header === String(value);
}

const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

const ENCODED = /^=\?base64\?(.*)\?=$/s;
/** A header value in clear: `=?base64?...?=`, whole, stands for text that a header cannot carry. `undefined`: for none. */
function decode(value: string): string | undefined {
  const encoded = ENCODED.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  // Node reads over what is not base64; whoever does not would see another value.
  return bytes.toString('base64') === encoded ? bytes.toString('utf8') : undefined;
}

function encode(value: string): string {
  const plain = /^[\x20-\x7e]+$/.test(value) && value.trim() === value && !value.startsWith('=?base64?');
  return plain ? value : `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}

function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  // Node joins repeated headers with a comma, which then equals no single value.
  return Array.isArray(value) ? value.join(', ') : value;
}
