import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../../shared/json.ts';
import {
  type CompiledPolicy,
  evaluate,
  type GuardMode,
  parsePolicy,
  type Verdict,
} from '../../../shared/policy/index.ts';

const fixtures = new URL('../../fixtures/', import.meta.url);

export function fixture(name: string): string {
  return readFileSync(new URL(name, fixtures), 'utf8');
}

const { tools } = JSON.parse(fixture('luma-tools.json')) as {
  tools: { name: string; inputSchema: JsonObject }[];
};

/** The names of the real server's tools. */
export const lumaToolNames = tools.map((tool) => tool.name);

/** The real server's schema of `tool`. */
export function lumaSchema(tool: string): JsonObject | undefined {
  return tools.find((each) => each.name === tool)?.inputSchema;
}

/** Compiles a document that the test knows to be valid. */
export function policyOf(document: unknown): CompiledPolicy {
  const parsed = parsePolicy(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.policy;
}

/** A policy that knows the tool `t` and does not look at its schema. */
export function withRule(rule: object, more: object = {}): CompiledPolicy {
  return policyOf({
    version: '1',
    default: 'deny',
    tools: { t: { validate_arguments: false, ...rule } },
    ...more,
  });
}

export function judge(
  policy: CompiledPolicy,
  args: JsonObject = {},
  options: {
    tool?: string;
    guard?: GuardMode;
    inputSchema?: JsonObject | undefined;
    minuteOfWeek?: number;
  } = {},
): Verdict {
  const { tool = 't', guard = 'policy', inputSchema, minuteOfWeek = 0 } = options;
  return evaluate(policy, { tool, arguments: args, inputSchema, guard, minuteOfWeek });
}

/** What became of the call, and by which rule: `deny /tools/t/action`. */
export function decision(verdict: Verdict): string {
  return `${verdict.outcome} ${verdict.rule}`.trim();
}

/** The pointers of everything that is wrong with a document. */
export function errorsOf(document: unknown): Record<string, string> {
  const parsed = parsePolicy(document);
  return parsed.ok ? {} : Object.fromEntries(parsed.errors.map((error) => [error.pointer, error.message]));
}

/** JSON as a client sends it: `__proto__` is a plain member here. */
export function json(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}

export type { JsonObject };
