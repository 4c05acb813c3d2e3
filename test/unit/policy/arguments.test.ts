import { format } from '@cfworker/json-schema';
import { describe, expect, it } from 'vitest';
import { checkedBy, NO_SCHEMA } from '../../../shared/policy/arguments.ts';
import {
  decision,
  type JsonObject,
  json,
  judge,
  lumaSchema,
  lumaToolNames,
  policyOf,
  withRule,
} from './support.ts';

const checking = withRule({ validate_arguments: true });
const denied = 'deny /tools/t/validate_arguments';

/** How a call with `args` to a tool with `schema` is judged. */
const check = (schema: object, args: string) =>
  decision(judge(checking, json(args), { inputSchema: schema as JsonObject }));
const complaint = (schema: object, args: string) =>
  judge(checking, json(args), { inputSchema: schema as JsonObject }).message;

const valid: Record<string, JsonObject> = {
  luma_generate_video: {
    prompt: 'a cat',
    aspect_ratio: '16:9',
    loop: false,
    timeout: null,
    callback_url: null,
  },
  luma_generate_video_from_image: { prompt: 'a cat', start_image_url: 'https://a.b/c.png' },
  luma_extend_video: { video_id: 'v', prompt: 'and then' },
  luma_extend_video_from_url: { video_url: 'https://a.b/v.mp4', prompt: 'and then' },
  luma_get_task: { task_id: 't' },
  luma_get_tasks_batch: { task_ids: ['a', 'b'] },
  luma_list_aspect_ratios: {},
  luma_list_actions: {},
};

describe('arguments of the real tools', () => {
  const policy = policyOf({ version: '1', default: 'allow', tools: {} });
  const call = (tool: string, args: JsonObject) =>
    judge(policy, args, { tool, inputSchema: lumaSchema(tool) });

  it.each(lumaToolNames)('%s takes what it documents, and nothing it does not name', (tool) => {
    expect(decision(call(tool, valid[tool] as JsonObject))).toBe('allow');
    const refused = call(tool, { ...valid[tool], webhook: 'https://evil.org' });
    expect(decision(refused)).toBe(`deny /tools/${tool}/validate_arguments`);
    expect(refused.message).toContain('"webhook"');
  });

  it.each<[string, JsonObject, string]>([
    ['luma_generate_video', {}, 'The argument "prompt" is missing'],
    ['luma_generate_video', { prompt: 5 }, 'The argument "prompt" does not fit'],
    ['luma_generate_video', { prompt: 'x', aspect_ratio: '2:1' }, '"21:9"'],
    [
      'luma_generate_video',
      { prompt: 'x', timeout: 'long' },
      'Expected "integer". Or: Instance type "string" is invalid. Expected "null"',
    ],
    ['luma_generate_video', { prompt: 'x', timeout: 1.5 }, '"timeout"'],
    ['luma_generate_video', { prompt: 'x', loop: 'yes' }, '"loop"'],
    ['luma_get_tasks_batch', { task_ids: ['a', 5] }, 'The argument "task_ids.1" does not fit'],
    ['luma_list_actions', { a: 1 }, 'takes no arguments'],
  ])('%s refuses %j and says why', (tool, args, why) => {
    expect(call(tool, args).message).toContain(why);
  });
});

describe('additional arguments', () => {
  const properties = { a: { type: 'string' } };

  it.each<[object, string]>([
    [{ properties }, denied],
    [{ properties, additionalProperties: false }, denied],
    [{ properties, additionalProperties: true }, 'allow'],
    [{ properties, additionalProperties: {} }, 'allow'],
    [{ properties, additionalProperties: { type: 'number' } }, 'allow'],
    [{ properties, additionalProperties: { type: 'string' } }, denied],
    [{ properties, unevaluatedProperties: true }, 'allow'],
    [{ properties, patternProperties: { '^b': { type: 'number' } } }, 'allow'],
    [{ properties, patternProperties: { '^b': { type: 'string' } } }, denied],
    [{ properties, patternProperties: { '^c': {} } }, denied],
    [{ properties, allOf: [{ properties: { b: {} } }] }, 'allow'],
    [{ properties, anyOf: [{ required: ['a'] }, { properties: { b: {} } }] }, 'allow'],
    [{ properties, $ref: '#/$defs/more', $defs: { more: { properties: { b: {} } } } }, 'allow'],
    [{ properties, $defs: { more: { properties: { b: {} } } } }, denied],
    [{}, denied],
    [{ type: 'object' }, denied],
  ])('%j', (schema, expected) => {
    expect(check(schema, '{"a":"x","b":1}')).toBe(expected);
  });

  it('are found through parts that refer to themselves', () => {
    const more = { properties: { b: {} }, dependentSchemas: { x: { $ref: '#/$defs/more' } } };
    expect(check({ $ref: '#/$defs/more', $defs: { more } }, '{"b":1}')).toBe('allow');
    expect(check({ $ref: '#/$defs/more', $defs: { more } }, '{"c":1}')).toBe(denied);
  });

  it.each(['__proto__', 'constructor', 'toString'])('none is known by inheritance: %s', (name) => {
    expect(check({ properties }, `{"${name}":1}`)).toBe(denied);
    expect(check({ properties: json(`{"${name}":{"type":"number"}}`) }, `{"${name}":1}`)).toBe('allow');
    expect(check({ properties: json(`{"${name}":{"type":"number"}}`) }, `{"${name}":"x"}`)).toBe(denied);
    expect(check({ properties, required: [name] }, '{"a":"x"}')).toBe(denied);
  });
});

describe('what says nothing of what fits', () => {
  const a = { type: 'string', pattern: '^x$' };

  it.each<[string, object]>([
    ['an example', { example: { pattern: 5 } }],
    ['an extension', { 'x-form': { pattern: '(?=a)', items: [{ $dynamicRef: '#' }] } }],
    ['a list of them', { examples: [{ pattern: 5 }] }],
    ['a word of another language', { discriminator: { patternProperties: { '(?=a)': {} } } }],
    ['a keyword that is null', { required: null, additionalProperties: null, minProperties: null }],
  ])('does not keep the rest from being checked: %s', (_what, more) => {
    const schema = { properties: { a: { ...a, ...more } }, ...more };
    expect(check(schema, '{"a":"x"}')).toBe('allow');
    expect(check(schema, '{"a":"y"}')).toBe(denied);
    expect(check(schema, '{"b":"x"}')).toBe(denied);
  });

  it('may be pointed at, and is checked then, or asked for', () => {
    const schema = (text: string) => ({
      properties: { a: { $ref: '#/x-types/name' } },
      'x-types': { name: { type: 'string', pattern: text } },
    });
    expect(check(schema('^x$'), '{"a":"x"}')).toBe('allow');
    expect(check(schema('^x$'), '{"a":"y"}')).toBe(denied);
    expect(check(schema('(?=x)'), '{"a":"x"}')).toBe('ask (not checked)');
    expect(check(schema('^(a+)+$'), JSON.stringify({ a: `${'a'.repeat(100_000)}!` }))).toBe(denied);
  });
});

describe('patterns', () => {
  const pattern = (text: string) => ({ properties: { a: { type: 'string', pattern: text } } });

  it('stay with their schema: what a server has sent once is not kept for ever', () => {
    const kept = () => Object.keys(format).length;
    const before = kept();
    const schemas = Array.from({ length: 100 }, (_, n) => pattern(`^a{${n}}$`));
    for (const [n, schema] of schemas.entries()) {
      expect(check(schema, `{"a":"${'a'.repeat(n)}"}`)).toBe('allow');
      expect(check(schema, `{"a":"${'a'.repeat(n + 1)}"}`)).toBe(denied);
    }
    expect(kept()).toBe(before);
    // A check that was made before finds its own again.
    expect(check(schemas[1] ?? {}, '{"a":"aa"}')).toBe(denied);
  });

  it.each([
    ['^[a-z]+$', '{"a":"abc"}', 'allow'],
    ['^[a-z]+$', '{"a":"ABC"}', denied],
    ['b', '{"a":"abc"}', 'allow'],
    ['^\\d{4}-\\d{2}$', '{"a":"2026-01"}', 'allow'],
    ['^\\d{4}-\\d{2}$', '{"a":"2026-1"}', denied],
    ['^https?:\\/\\/', '{"a":"https://a.b"}', 'allow'],
  ])('%s of %s', (text, args, expected) => {
    expect(check(pattern(text), args)).toBe(expected);
  });

  it('a catastrophic one is answered', () => {
    expect(check(pattern('^(a+)+$'), JSON.stringify({ a: `${'a'.repeat(100_000)}!` }))).toBe(denied);
  });

  // That of zod's `.email()`.
  const EMAIL =
    "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$";
  const asks = 'ask (not checked)';

  it.each([EMAIL, '(?=a)', '(?<n>a)\\k<n>', '(a)\\1', '(', `a${'?'.repeat(2000)}`])(
    'one that has no linear-time form is not checked, and asked for: %s',
    (text) => {
      expect(check(pattern(text), '{"a":"a"}')).toBe(asks);
      expect(complaint(pattern(text), '{"a":"a"}')).toContain('what "a" must look like');
    },
  );

  it.each([
    ['a value of another type', '{"a":5,"n":1}', denied],
    ['another argument that does not fit', '{"a":"a","n":"x"}', denied],
    ['one that is missing', '{"a":"a"}', denied],
    ['one that is not known', '{"a":"a","n":1,"b":1}', denied],
    ['no such argument', '{"n":1}', 'allow'],
    ['nothing else', '{"a":"a","n":1}', asks],
  ])('beside one that is not checked, the rest is: %s', (_what, args, expected) => {
    const { a } = pattern(EMAIL).properties;
    const n = { type: 'number' };
    for (const more of [{}, { dependentRequired: {} }])
      expect(check({ properties: { a, n }, required: ['n'], ...more }, args)).toBe(expected);
  });

  it('is named by the argument that it is of, in lists and further in', () => {
    const { a } = pattern(EMAIL).properties;
    const to = { type: 'array', items: a };
    const schema = { properties: { mail: { type: 'object', properties: { to } } } };
    expect(judge(checking, json('{"mail":{"to":["x"]}}'), { inputSchema: schema })).toMatchObject({
      outcome: 'ask',
      unchecked: ['mail.to'],
    });
    expect(check(schema, '{"mail":{"to":[]}}')).toBe('allow');
  });

  it.each(['not', 'if', 'oneOf', 'contains', 'propertyNames'])(
    'one that is not checked denies where fitting too much would let something else pass: %s',
    (keyword) => {
      const part = pattern(EMAIL).properties.a;
      const a = { [keyword]: keyword === 'oneOf' ? [part, { type: 'number' }] : part };
      expect(check({ properties: { a } }, '{"a":"a"}')).toBe(denied);
      expect(complaint({ properties: { a } }, '{"a":"a"}')).toContain('cannot be checked safely');
    },
  );

  it('what a policy denies stays denied, and what it asks is asked by its own rule', () => {
    const inputSchema = pattern(EMAIL) as JsonObject;
    const judged = (rule: JsonObject) =>
      decision(judge(withRule({ validate_arguments: true, ...rule }), json('{"a":"a"}'), { inputSchema }));
    expect(judged({ deny_if: [{ path: 'args.a', op: 'eq', value: 'a' }] })).toBe('deny /tools/t/deny_if/0');
    expect(judged({ require_approval: true })).toBe('ask /tools/t/require_approval');
    expect(judged({ validate_arguments: false })).toBe('allow');
  });

  it('a schema says how much of it can be checked', () => {
    expect(checkedBy(pattern('^a$') as JsonObject)).toBe('all');
    expect(checkedBy({ ...pattern('^a$'), 'x-form': { pattern: '(?=a)' } } as JsonObject)).toBe('all');
    expect(checkedBy(pattern(EMAIL) as JsonObject)).toBe('partly');
    expect(checkedBy({ $dynamicRef: '#' })).toBe('nothing');
    expect(checkedBy(NO_SCHEMA)).toBe('nothing');
  });

  it.each(['^(a+)+$', '(a|aa)+', 'a*a*', '^a*a*$', 'a+', '(?=a)', '['])(
    'as a name of patternProperties, one that could hang denies: %s',
    (text) => {
      expect(check({ patternProperties: { [text]: {} } }, '{"a":1}')).toBe(denied);
    },
  );

  it.each(['^a', '^.*$', '^[a-z_-]+$', 'a$', '^x-?a{1}', '^\\w+$'].map((text) => [text]))(
    'as a name of patternProperties, a simple one is checked: %s',
    (text) => {
      const matches = new RegExp(text, 'u').test('a');
      expect(check({ patternProperties: { [text]: {} } }, '{"a":1}')).toBe(matches ? 'allow' : denied);
    },
  );

  it('format is an annotation: what the tool documents is not guessed at by expressions that could hang', () => {
    const url = `http://${'a'.repeat(50_000)}!`;
    expect(check({ properties: { a: { format: 'url' } } }, JSON.stringify({ a: url }))).toBe('allow');
  });
});

describe('schemas that cannot be checked deny', () => {
  it.each<[string, object]>([
    ['an unknown reference', { properties: { a: { $ref: '#/$defs/none' } } }],
    ['a reference elsewhere', { properties: { a: { $ref: 'https://example.org/schema' } } }],
    ['a reference to itself', { properties: { a: { $ref: '#/properties/a' } } }],
    ['a dynamic reference', { properties: { a: { $dynamicRef: '#x' } } }],
    ['an unknown type', { properties: { a: { type: 'strng' } } }],
    ['a pattern that is no text', { properties: { a: { pattern: 5 } } }],
    ['a list of forms that is none', { properties: { a: { anyOf: 5 } } }],
    ['a node that is null', { properties: { a: null } }],
  ])('%s', (_, schema) => {
    expect(check(schema, '{"a":"x"}')).toBe(denied);
  });

  it('references that double the work at each step', () => {
    const $defs: JsonObject = { d0: { type: 'string' } };
    for (let i = 1; i <= 60; i++) {
      const $ref = `#/$defs/d${i - 1}`;
      $defs[`d${i}`] = { allOf: [{ $ref }, { $ref }] };
    }
    expect(check({ $defs, properties: { a: { $ref: '#/$defs/d60' } } }, '{"a":"x"}')).toBe(denied);
    // The work of one call is not charged to the next.
    const fair = { $defs, properties: { a: { $ref: '#/$defs/d10' } } };
    for (let i = 0; i < 300; i++) expect(check(fair, '{"a":"x"}')).toBe('allow');
  });

  it('lists too long to compare each with each', () => {
    const schema = { properties: { a: { type: 'array', uniqueItems: true } } };
    const list = (length: number) => JSON.stringify({ a: Array.from({ length }, (_, index) => index) });
    expect(check(schema, list(100))).toBe('allow');
    expect(check(schema, '{"a":[1,2,1]}')).toBe(denied);
    expect(check(schema, list(100_000))).toBe(denied);
  });

  it('a tool whose schema is not known, saying so', () => {
    const verdict = judge(checking);
    expect(decision(verdict)).toBe(denied);
    expect(verdict.message).toContain('tool list');
  });

  it('the upstream’s schema itself is left as it was', () => {
    const schema = { properties: { a: { type: 'string', pattern: 'a', format: 'uri' } } };
    const before = JSON.stringify(schema);
    Object.freeze(schema);
    expect(check(schema, '{"a":"a"}')).toBe('allow');
    expect(JSON.stringify(schema)).toBe(before);
    expect(Object.getOwnPropertyNames(schema.properties.a)).toEqual(['type', 'pattern', 'format']);
  });

  it.each([
    ['http://json-schema.org/draft-04/schema#', { minimum: 5, exclusiveMinimum: true }],
    ['http://json-schema.org/draft-07/schema#', { exclusiveMinimum: 5 }],
    ['https://json-schema.org/draft/2019-09/schema', { exclusiveMinimum: 5 }],
    ['https://json-schema.org/draft/2020-12/schema', { exclusiveMinimum: 5 }],
  ])('reads the dialect %s', ($schema, a) => {
    expect(check({ $schema, properties: { a } }, '{"a":6}')).toBe('allow');
    expect(check({ $schema, properties: { a } }, '{"a":5}')).toBe(denied);
  });
});

describe('whether arguments are checked', () => {
  const all = (own: object, allTools: object) => {
    const document = { version: '1', default: 'deny', all_tools: allTools, tools: { t: own } };
    return decision(judge(policyOf(document)));
  };

  it('by default they are; the tool’s own word outranks that of all_tools', () => {
    expect(all({}, {})).toBe(denied);
    expect(all({}, { validate_arguments: false })).toBe('allow');
    expect(all({ validate_arguments: true }, { validate_arguments: false })).toBe(denied);
    expect(all({ validate_arguments: false }, { validate_arguments: true })).toBe('allow');
  });

  it.each([
    ['half a surrogate pair', '{"a":"\\ud800"}'],
    ['half a pair in a name', '{"\\udc00":1}'],
    ['a number that does not fit', '{"a":1e999}'],
    ['a number below', '{"a":{"b":[-1e999]}}'],
    ['nesting without end', `{"a":${'['.repeat(80)}${']'.repeat(80)}}`],
    ['nesting that would overflow', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ])('what is no I-JSON is refused even where they are not: %s', (_, args) => {
    expect(decision(judge(withRule({}), json(args)))).toBe(denied);
  });

  it('a tool that the default allows is checked as well', () => {
    for (const [fallback, outcome] of [
      ['allow', 'allow'],
      ['require_approval', 'ask (default require_approval)'],
    ]) {
      const policy = withRule({}, { default: fallback });
      const inputSchema = { properties: { a: {} } };
      expect(decision(judge(policy, { b: 1 }, { tool: 'u/v', inputSchema }))).toBe(
        'deny /tools/u~1v/validate_arguments',
      );
      expect(decision(judge(policy, { a: 1 }, { tool: 'u/v', inputSchema }))).toBe(outcome);
    }
  });
});
