import { z } from 'zod';
import type { JsonObject } from '../../../shared/json.ts';

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

/** A tool as the upstream offers it. */
export interface ToolDefinition {
  name: string;
  description?: string | undefined;
  inputSchema: JsonObject;
}
