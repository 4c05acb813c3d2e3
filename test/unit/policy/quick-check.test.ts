import { type Schema, Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { argumentCheck } from '../../../shared/policy/arguments.ts';
import { quickCheck } from '../../../shared/policy/quick-check.ts';
import { anyJson } from './arbitraries.ts';
import { lumaSchema, lumaToolNames } from './support.ts';

const quick = (schema: Json, left = 10_000) => quickCheck(schema, new Map(), { left });
/** A copy: the validator writes into the schema it is given. */
const valid = (schema: Json, value: unknown) =>
  new Validator(structuredClone(schema) as Schema, '2020-12').validate(value).valid;

const names = ['a', 'b', 'toString', '__proto__', 'length'];
const types = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'];
const count = fc.integer({ min: -1, max: 4 });
const plain = fc.constantFrom<unknown>(null, true, 0, -0, 1, 1.5, '', 'a', '\ud83d\ude00');

/** Schemas of the keywords that a quick check knows, and of some that it does not. */
const { schema: anySchema } = fc.letrec<{ schema: JsonObject | boolean }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.boolean(),
    fc.record(
      {
        type: fc.oneof(fc.constantFrom(...types, 'any'), fc.subarray(types)),
        enum: fc.array(fc.oneof(plain, anyJson), { maxLength: 3 }),
        const: fc.oneof(plain, anyJson),
        anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
        not: tie('schema'),
        properties: fc.array(fc.tuple(fc.constantFrom(...names), tie('schema')), { maxLength: 3 }).map(own),
        additionalProperties: tie('schema'),
        required: fc.subarray(names),
        items: tie('schema'),
        minimum: count,
        maximum: count,
        minLength: count,
        maxLength: count,
        minItems: count,
        maxItems: count,
        default: anyJson,
        'x-kind': plain,
      },
      { requiredKeys: [] },
    ) as unknown as fc.Arbitrary<JsonObject>,
  ),
}));

const anyValue = fc.oneof(
  anyJson,
  plain,
  fc.array(plain, { maxLength: 5 }),
  fc.array(fc.tuple(fc.constantFrom(...names), fc.oneof(plain, anyJson)), { maxLength: 4 }).map(own),
);

/** An object with these entries as own members, whatever their names. */
function own(entries: readonly (readonly [string, unknown])[]): object {
  return JSON.parse(`{${entries.map(([name, value]) => `"${name}":${JSON.stringify(value)}`).join(',')}}`);
}

describe('a check made ahead', () => {
  it('says of nothing that it fits which the validator refuses', () => {
    let fitting = 0;
    fc.assert(
      fc.property(anySchema, anyValue, (schema, value) => {
        const check = quick(schema as Json);
        if (!check?.(value as Json)) return;
        fitting += 1;
        expect(valid(schema as Json, value)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    expect(fitting).toBeGreaterThan(2_000);
  });

  it('knows what the validator knows, of the keywords that it has', () => {
    const schema: JsonObject = {
      type: 'object',
      properties: {
        prompt: { type: 'string', minLength: 1, maxLength: 4 },
        ratio: { enum: ['16:9', null, 1] },
        kind: { const: 'video' },
        count: { type: 'integer', minimum: 1, maximum: 3 },
        tags: { type: 'array', items: { type: ['string', 'null'] }, minItems: 1, maxItems: 2 },
        more: {
          anyOf: [{ type: 'boolean' }, { type: 'object', additionalProperties: false, properties: {} }],
        },
      },
      required: ['prompt'],
      additionalProperties: { type: 'number' },
    };
    const values: readonly [fits: boolean, value: Json][] = [
      [true, { prompt: 'a' }],
      [true, { prompt: '😀😀😀😀', ratio: null, kind: 'video', count: 3, tags: ['a', null], more: {}, x: 1 }],
      [false, { prompt: '😀😀😀😀😀' }],
      [false, { prompt: '' }],
      [false, {}],
      [false, []],
      [false, { prompt: 'a', ratio: 2 }],
      [false, { prompt: 'a', kind: 'Video' }],
      [false, { prompt: 'a', count: 1.5 }],
      [false, { prompt: 'a', count: 0 }],
      [false, { prompt: 'a', count: 4 }],
      [false, { prompt: 'a', tags: [] }],
      [false, { prompt: 'a', tags: ['a', 5] }],
      [false, { prompt: 'a', tags: ['a', 'b', 'c'] }],
      [false, { prompt: 'a', more: { y: 1 } }],
      [false, { prompt: 'a', x: 'text' }],
    ];
    for (const [fits, value] of values) {
      expect([value, quick(schema)?.(value)]).toEqual([value, fits]);
      expect([value, valid(schema, value)]).toEqual([value, fits]);
    }
  });

  it('is there for each of the real tools', () => {
    for (const name of lumaToolNames)
      expect([name, quick(lumaSchema(name) as Json)]).not.toContain(undefined);
  });

  it.each<[string, JsonObject]>([
    ['a keyword it does not know', { properties: {}, patternProperties: {} }],
    ['a reference', { $ref: '#/$defs/a', $defs: { a: {} } }],
    ['one deep within', { properties: { a: { items: { anyOf: [{ type: 'null' }, { not: {} }] } } } }],
    ['a limit of a former dialect', { minimum: 1, exclusiveMinimum: true }],
    ['a type that is none', { type: 'any' }],
  ])('is none for a schema with %s', (_what, schema) => {
    expect(quick(schema)).toBeUndefined();
  });

  it('takes no more steps than a check may', () => {
    const list = Array.from({ length: 1000 }, () => 999);
    const branches = Array.from({ length: 1000 }, (_, at) => ({ const: at }));
    const schema = { properties: { a: { type: 'array', items: { anyOf: branches } } } };
    const steps = { left: 5_000 };
    expect(quickCheck(schema, new Map(), steps)?.({ a: list })).toBe(false);
    expect(steps.left).toBeGreaterThan(-1_100);
    expect(argumentCheck(schema)({ a: list })).toContain('cannot be checked safely');
  });
});
