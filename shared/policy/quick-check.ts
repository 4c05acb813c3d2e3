import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Patterns } from './patterns.ts';

/** Whether a value certainly fits. `false` says nothing: the validator has to look. */
export type QuickCheck = (value: Json) => boolean;

/** How many values of a call may still be looked at. */
export interface Steps {
  left: number;
}

type Type = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/** What says nothing about whether a value fits, as long as nothing refers to it. */
const SILENT = new Set([
  ...['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly', '$comment'],
  ...['$schema', '$id', '$defs', 'definitions'],
]);

/**
 * A check of the values that `schema` describes, made ahead of the calls out of the keywords that most tools have: the
 * validator, which interprets the schema for each call anew, takes ten times as long. `undefined` when the schema has
 * another keyword. It takes what `rewrite` made of a schema: there `format` names one of `patterns`.
 */
export function quickCheck(
  schema: Json | undefined,
  patterns: Patterns,
  steps: Steps,
): QuickCheck | undefined {
  if (schema === true) return () => true;
  if (!isJsonObject(schema)) return undefined;
  const tests: QuickCheck[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (SILENT.has(keyword)) continue;
    const test = testOf(keyword, value, schema);
    if (test === undefined) return undefined;
    if (test !== 'elsewhere') tests.push(test);
  }
  return (value) => {
    steps.left -= 1;
    if (steps.left < 0) return false;
    for (const test of tests) if (!test(value)) return false;
    return true;
  };

  function testOf(keyword: string, value: Json, of: JsonObject): QuickCheck | 'elsewhere' | undefined {
    switch (keyword) {
      case 'type':
        return typeTest(value);
      case 'enum':
        return Array.isArray(value) ? oneOf(value) : undefined;
      case 'const':
        return oneOf([value]);
      case 'anyOf':
        return anyOf(value);
      case 'properties':
        return members(value, of.additionalProperties);
      case 'additionalProperties':
        return of.properties === undefined ? undefined : 'elsewhere';
      case 'required':
        return required(value);
      case 'items': {
        const each = quickCheck(value, patterns, steps);
        return each && ((list) => !Array.isArray(list) || list.every(each));
      }
      case 'format': {
        const matches = typeof value === 'string' ? patterns.get(value) : undefined;
        return matches && ((text) => typeof text !== 'string' || matches(text));
      }
      default:
        return bound(keyword, value);
    }
  }

  function anyOf(value: Json): QuickCheck | undefined {
    if (!Array.isArray(value)) return undefined;
    const branches = all(value.map((branch) => quickCheck(branch, patterns, steps)));
    return branches && ((each) => branches.some((branch) => branch(each)));
  }

  function members(value: Json, more: Json | undefined): QuickCheck | undefined {
    if (!isJsonObject(value)) return undefined;
    const names = Object.keys(value);
    const checks = all(Object.values(value).map((each) => quickCheck(each, patterns, steps)));
    const known = new Map(names.map((name, at) => [name, checks?.[at]]));
    const others = more === false ? () => false : quickCheck(more ?? true, patterns, steps);
    if (checks === undefined || others === undefined) return undefined;
    return (object) =>
      !isJsonObject(object) ||
      Object.keys(object).every((name) => (known.get(name) ?? others)(object[name] as Json));
  }
}

function typeTest(value: Json): QuickCheck | undefined {
  const tests = all((Array.isArray(value) ? value : [value]).map(oneType));
  const [only] = tests ?? [];
  if (tests?.length === 1) return only;
  return tests && ((each) => tests.some((test) => test(each)));
}

function oneType(type: Json): QuickCheck | undefined {
  if (type === 'integer') return Number.isInteger;
  if (!TYPES.has(type as Type)) return undefined;
  return (value) => typeOf(value) === type;
}

const TYPES: ReadonlySet<Type> = new Set(['null', 'boolean', 'number', 'string', 'array', 'object']);

function typeOf(value: Json): Type {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as Type;
}

/** For texts, numbers and the like: objects and lists in a schema's `enum` are left to the validator. */
function oneOf(values: readonly Json[]): QuickCheck {
  const plain = new Set<Json>(values.filter((value) => typeof value !== 'object' || value === null));
  return (value) => plain.has(value);
}

function required(value: Json): QuickCheck | undefined {
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) return undefined;
  return (object) => !isJsonObject(object) || value.every((name) => Object.hasOwn(object, name));
}

function bound(keyword: string, limit: Json): QuickCheck | undefined {
  if (typeof limit !== 'number') return undefined;
  switch (keyword) {
    case 'minimum':
      return (value) => typeof value !== 'number' || value >= limit;
    case 'maximum':
      return (value) => typeof value !== 'number' || value <= limit;
    case 'minLength':
      // A character has one or two units.
      return (value) => typeof value !== 'string' || value.length >= 2 * limit || [...value].length >= limit;
    case 'maxLength':
      return (value) => typeof value !== 'string' || value.length <= limit || [...value].length <= limit;
    case 'minItems':
      return (value) => !Array.isArray(value) || value.length >= limit;
    case 'maxItems':
      return (value) => !Array.isArray(value) || value.length <= limit;
    default:
      return undefined;
  }
}

/** All of `parts`, when each is there. */
function all<T>(parts: readonly (T | undefined)[]): T[] | undefined {
  return parts.every((part) => part !== undefined) ? (parts as T[]) : undefined;
}
