import { isJsonObject, type Json, type JsonObject, ownMember } from '../../../shared/json.ts';
import { NO_SCHEMA } from '../../../shared/policy/arguments.ts';

/** The most tools an upstream may offer. */
export const MAX_TOOLS = 1000;

/** One page of a tool list. */
export interface Page {
  tools: Json[];
  nextCursor?: string | undefined;
  server?: { name: string; version: string } | undefined;
}

/**
 * What of an answer to `tools/list` is made use of: entries as they came, whatever they are, and the cursor of the next
 * page; what is no text, or an empty one, is none. Throws where there is no list.
 */
export function toolPage(result: JsonObject): Page {
  const tools = ownMember(result, 'tools');
  const cursor = ownMember(result, 'nextCursor');
  if (!Array.isArray(tools)) throw new Error('The answer holds no tool list.');
  return { tools, ...(typeof cursor === 'string' && cursor !== '' && { nextCursor: cursor }) };
}

/** A tool as the upstream offers it: what clients and models read of it. */
export interface ToolDefinition {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
  inputSchema: JsonObject;
  outputSchema?: JsonObject | undefined;
  annotations?: JsonObject | undefined;
}

/** The definition in an entry of a tool list; `undefined` where not even a name is. A lenient client may show one without a schema. */
export function toDefinition(entry: Json): ToolDefinition | undefined {
  if (!isJsonObject(entry)) return undefined;
  const text = (member: string) => {
    const value = ownMember(entry, member);
    return typeof value === 'string' && { [member]: value };
  };
  const object = (member: string) => {
    const value = ownMember(entry, member);
    return isJsonObject(value) && { [member]: value };
  };
  const name = ownMember(entry, 'name');
  if (typeof name !== 'string') return undefined;
  return {
    name,
    ...text('title'),
    ...text('description'),
    inputSchema: NO_SCHEMA,
    ...object('inputSchema'),
    ...object('outputSchema'),
    ...object('annotations'),
  };
}
