import type { ToolDefinition } from '../../shared/contract.ts';
import type { JsonObject } from '../../shared/json.ts';

/**
 * A tool's definition as lines to compare: what it says first, then what it takes and gives as JSON. A description
 * is a line a sentence, so that a sentence that was slipped in stands by itself.
 */
export function toolText({
  title,
  description,
  annotations,
  inputSchema,
  outputSchema,
}: ToolDefinition): string {
  const words = (name: string, text: string | undefined) =>
    text === undefined ? [] : [`${name}:`, text.replace(/([.!?:]) +/g, '$1\n')];
  const json = (name: string, value: JsonObject | undefined) =>
    value === undefined ? [] : [`${name}:`, JSON.stringify(value, null, 2)];
  return [
    ...words('Title', title),
    ...words('Description', description),
    ...json('Hints', annotations),
    ...json('Arguments', inputSchema),
    ...json('Answer', outputSchema),
    '',
  ].join('\n');
}
