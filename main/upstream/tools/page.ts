import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../../shared/json.ts';

/** The most tools an upstream may offer. */
export const MAX_TOOLS = 1000;

/** One page of `tools/list`, with what Greenlight makes use of. Schemas are kept as they came. */
export const toolPage = z.looseObject({
  tools: z.array(
    z.looseObject({
      name: z.string(),
      description: z.string().optional(),
      inputSchema: z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject>,
    }),
  ),
  nextCursor: z.string().optional(),
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

/** What a tool without a schema takes: nothing. A lenient client may show it all the same. */
const NOTHING: JsonObject = { not: {} };

/** The definition in an entry of a tool list; `undefined` where not even a name is. */
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
    inputSchema: NOTHING,
    ...object('inputSchema'),
    ...object('outputSchema'),
    ...object('annotations'),
  };
}
