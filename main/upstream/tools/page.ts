import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../../shared/json.ts';
import { NO_SCHEMA } from '../../../shared/policy/arguments.ts';

/** The most tools an upstream may offer. */
export const MAX_TOOLS = 1000;

/**
 * One page of `tools/list`, with what Greenlight makes use of: entries as they came, whatever they are, and the cursor
 * of the next page; what is no text, or an empty one, is none.
 */
export const toolPage = z.looseObject({
  // Not looked into: a list may be large, and each entry is read by itself.
  tools: z.array(z.unknown() as z.ZodType<Json>),
  nextCursor: z.string().min(1).optional().catch(undefined),
});

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
