/** Tries a call against a policy that need not be saved: the same judgement as the gate's, in the window. */
import type { Tool } from '../../shared/contract.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { type CompiledPolicy, evaluate, type LimitDemand, minuteOfWeek } from '../../shared/policy/index.ts';

/** What became of a call that was tried. */
export interface Tried {
  outcome: 'allow' | 'ask' | 'deny' | 'hide';
  /** A JSON Pointer into the policy, a word in brackets, or empty. */
  rule: string;
  /** What the agent, or the person, would read. */
  message: string;
  limits: readonly LimitDemand[];
  cost: number | undefined;
  /** How long an approval would wait, in milliseconds; of an `ask` only. */
  timeoutMs: number | undefined;
}

/**
 * Judges a call of `tool`. `tools`: what the upstream offers; undefined while that is not known. The
 * guard mode is left out: the question is what the policy says.
 */
export function tryCall(
  policy: CompiledPolicy,
  tool: string,
  args: JsonObject,
  tools: readonly Tool[] | undefined,
  now: number,
): Tried {
  const known = tools?.find(({ name }) => name === tool);
  if (tools !== undefined && known === undefined) {
    const message = 'The upstream does not offer this tool, so no call of it is passed on.';
    return { ...nothing, outcome: 'deny', rule: '(unknown tool)', message };
  }
  const verdict = evaluate(policy, {
    tool,
    arguments: args,
    inputSchema: known?.inputSchema,
    category: known?.category,
    guard: 'policy',
    minuteOfWeek: minuteOfWeek(now),
  });
  switch (verdict.outcome) {
    case 'deny':
      return { ...nothing, ...verdict };
    case 'hidden':
      return { ...nothing, ...verdict, outcome: 'hide' };
    case 'allow':
      return { ...verdict, timeoutMs: undefined };
    case 'ask':
      return verdict;
  }
}

const nothing = { limits: [], cost: undefined, timeoutMs: undefined };

/** Arguments to begin with: what the schema requires, each with its default or an example of its type. */
export function exampleArguments(inputSchema: JsonObject): JsonObject {
  const properties = isJsonObject(inputSchema.properties) ? inputSchema.properties : {};
  const required = Array.isArray(inputSchema.required) ? inputSchema.required : [];
  const names = Object.keys(properties).filter((name) => required.includes(name));
  return Object.fromEntries(names.map((name) => [name, exampleOf(properties[name], name)]));
}

function exampleOf(schema: Json | undefined, name: string): Json {
  if (!isJsonObject(schema)) return '';
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.enum) && schema.enum[0] !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return false;
    case 'array':
      return [exampleOf(schema.items, name)];
    case 'object':
      return {};
    default:
      return name === 'prompt' ? 'A cat in the rain' : 'example';
  }
}
