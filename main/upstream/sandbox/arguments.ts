import { type Schema, Validator } from '@cfworker/json-schema';
import { sandboxTools } from './tools.ts';

const validators = new Map(
  sandboxTools.map(({ name, inputSchema }) => [name, new Validator(inputSchema as Schema, '2020-12', false)]),
);

/** Keywords that only say that something below them does not fit. */
const OUTER_KEYWORDS = new Set(['properties', 'items', 'anyOf']);

/** Says, like the real server, how `args` do not fit the tool's schema; undefined when they fit. */
export function misfitOf(tool: string, args: unknown): string | undefined {
  const result = validators.get(tool)?.validate(args);
  if (!result || result.valid) return undefined;
  const leaves = result.errors.filter(({ keyword }) => !OUTER_KEYWORDS.has(keyword));
  const lines = leaves.map(
    ({ instanceLocation, error }) => `${instanceLocation.slice(2) || 'arguments'}\n  ${error}`,
  );
  const count = `${leaves.length} validation error${leaves.length === 1 ? '' : 's'}`;
  return `Error executing tool ${tool}: ${count} for ${tool}Arguments\n${lines.join('\n')}`;
}
