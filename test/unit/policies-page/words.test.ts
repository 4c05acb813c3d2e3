import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeLimit,
  describePredicate,
  describeRate,
  hintsOf,
  type Judged,
  operatorIds,
  readPredicate,
  ruleWords,
  withOperator,
} from '../../../renderer/policies/words.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { parsePolicy } from '../../../shared/policy/index.ts';
import { listText, parseList, parseValue, valueText } from '../../../shared/policy/values.ts';
import { anyJson, argumentPredicate, limit, predicate } from '../policy/arbitraries.ts';

describe('a value in a field', () => {
  it('is read as the value it was', () => {
    fc.assert(
      fc.property(anyJson as fc.Arbitrary<Json>, (value) => {
        // JSON has no -0, and the document is JSON.
        const written = JSON.parse(JSON.stringify(value)) as Json;
        expect(parseValue(valueText(written))).toEqual(written);
      }),
    );
  });

  it('of a list stands in a line each', () => {
    fc.assert(
      fc.property(fc.array(anyJson as fc.Arbitrary<Json>), (values) => {
        const written = JSON.parse(JSON.stringify(values)) as Json[];
        expect(parseList(listText(written))).toEqual(written);
      }),
    );
  });

  it.each<[string, Json]>([
    ['cat', 'cat'],
    ['16:9', '16:9'],
    ['5', 5],
    ['"5"', '5'],
    ['true', true],
    ['null', null],
    ['""', ''],
    ['  spaced  ', 'spaced'],
    ['"  spaced"', '  spaced'],
    ['[1, 2]', [1, 2]],
  ])('%s means %j', (text, value) => {
    expect(parseValue(text)).toEqual(value);
  });

  it.each(['9007199254740993', '[1, 1e-400]', '{"a": 1e400}'])(
    '%s means nothing: it would become another',
    (text) => {
      expect(parseValue(text)).toBeUndefined();
      expect(parseList(`5\n${text}`)).toBeUndefined();
      // As a text it is one.
      expect(parseValue(valueText(text))).toBe(text);
    },
  );
});

describe('a condition in words', () => {
  it.each<[Json, string]>([
    [{ path: 'args.callback_url', op: 'exists', value: true }, 'callback_url is present'],
    [{ path: 'args.callback_url', op: 'exists', value: false }, 'callback_url is absent'],
    [
      { path: 'args.callback_url', op: 'not_in', value: [null, ''] },
      'callback_url is neither null nor empty',
    ],
    [{ path: 'args.prompt', op: 'length_gte', value: 1000 }, 'prompt has a length of at least 1000'],
    [{ path: 'args.meta.key', op: 'eq', value: '5' }, 'meta.key is "5"'],
    [{ path: 'args', op: 'neq', value: { a: 1 } }, 'the arguments is not {"a":1}'],
    [
      { path: 'args.image', op: 'host_in', value: ['cdn.example.com', '*.example.org'] },
      'image is a URL on one of the hosts cdn.example.com, *.example.org',
    ],
    [{ path: 'args.image', op: 'in', value: [] }, 'image is one of an empty list'],
    [{ path: 'args.items.*.url', op: 'exists', value: true }, 'any items.*.url is present'],
    [
      { path: 'args.image', op: 'host_in', value: ['a.b'], absent: true },
      'image is absent, or is a URL on one of the hosts a.b',
    ],
  ])('%j', (given, words) => {
    expect(describePredicate(given, 'deny_if')).toBe(words);
  });

  it('exists for every valid predicate', () => {
    fc.assert(
      fc.property(predicate, (given) => {
        expect(describePredicate(given as Json, 'require')).toMatch(/\w/);
      }),
    );
  });

  it('says whether one element is enough, or each must be so', () => {
    const predicate = { path: 'args.tags.*', op: 'eq', value: 'a' };
    expect(ruleWords({ deny_if: [predicate], require: [predicate] })).toEqual([
      'denied if any tags.* is a',
      'only if each tags.* is a',
    ]);
  });

  it.each<[Judged, JsonObject, RegExp[]]>([
    ['deny_if', { path: 'args.image', op: 'eq', value: 1 }, []],
    ['deny_if', { path: 'args', op: 'eq', value: 1 }, []],
    ['deny_if', { path: 'args.imgae', op: 'eq', value: 1 }, [/No argument called "imgae"/]],
    ['deny_if', { path: 'args.image.*', op: 'eq', value: 1 }, [/one that fits is enough/]],
    ['require', { path: 'args.image.*', op: 'eq', value: 1 }, [/all must fit, and there must be one/]],
    [
      'deny_if',
      { path: 'args.image', op: 'host_in', value: [] },
      [/no plain http\(s\) URL.* is denied as well/],
    ],
    [
      'when',
      { path: 'args.image', op: 'host_not_in', value: [] },
      [/no plain http\(s\) URL.* asks you as well/, /without image is not asked about/],
    ],
    ['deny_if', { path: 'args.image', op: 'neq', value: 'a' }, [/without image is let through/]],
    ['deny_if', { path: 'args.image', op: 'not_in', value: ['', null] }, []],
    ['require', { path: 'args.image', op: 'neq', value: 'a' }, []],
    ['deny_if', { path: 'args.image', op: 'contains', value: 'evil.example' }, [/keeps out one of them/]],
    ['deny_if', { path: 'args.image', op: 'in', value: ['a', 'http://evil.example'] }, [/one of them/]],
    [
      'require',
      { path: 'args.image', op: 'starts_with', value: 'https://good.example' },
      [/Other hosts fit/],
    ],
    ['require', { path: 'args.image', op: 'regex', value: 'good\\.example' }, [/Other hosts fit/]],
    ['require', { path: 'args.image', op: 'eq', value: 'https://good.example/a' }, []],
    ['deny_if', { path: 'args.image', op: 'contains', value: 'a word. and more' }, []],
    [
      'require',
      { path: 'args.image.*', op: 'host_in', value: [], absent: true },
      [/all must fit\.$/, /no plain http\(s\) URL.* is denied as well/],
    ],
  ])('comes with what it does beyond its words: %s %j', (judged, given, hints) => {
    const readable = readPredicate(given);
    expect(readable && hintsOf(readable, judged, ['image'])).toEqual(
      hints.map((hint) => expect.stringMatching(hint)),
    );
  });

  it('lets a value be left out for hosts only', () => {
    const given = { path: 'args.a', op: 'host_in', value: ['a.b'], absent: true };
    expect(readPredicate(given)).toMatchObject({ absent: true });
    expect(readPredicate({ ...given, op: 'in' })).toBeUndefined();
    expect(readPredicate({ ...given, absent: 'yes' })).toBeUndefined();
    expect(withOperator(given, 'host_not_in')).toMatchObject({ absent: true });
    expect(withOperator(given, 'eq')).not.toHaveProperty('absent');
  });

  it('is not claimed for what the builder would change by showing it', () => {
    expect(readPredicate({ path: 'args.a', op: 'gt', value: 'many' })).toBeUndefined();
    expect(readPredicate({ path: 'args.a', op: 'eq', value: 1, note: 'x' })).toBeUndefined();
    expect(readPredicate({ path: 'args.a', op: 'resembles', value: 1 })).toBeUndefined();
    expect(readPredicate('args.a')).toBeUndefined();
  });

  it('stays valid when its operator is changed to any other, and keeps the rest', () => {
    fc.assert(
      fc.property(argumentPredicate, fc.constantFrom(...operatorIds), (given, operator) => {
        const before = given as unknown as JsonObject;
        const after = withOperator(before, operator);
        expect(readPredicate(after)?.operator).toBe(operator);
        expect(Object.keys(after)).toEqual(Object.keys(before));
        expect([after.path, after.on_deny]).toEqual([before.path, before.on_deny]);
        const parsed = parsePolicy({ version: '1', default: 'deny', tools: { a: { deny_if: [after] } } });
        // A text under another operator may be no pattern; everything else the builder makes is valid.
        if (operator !== 'regex' && operator !== 'host_in' && operator !== 'host_not_in') {
          expect(parsed.ok).toBe(true);
        }
      }),
    );
  });
});

describe('a limit in words', () => {
  it.each<[Json, string]>([
    [
      { counter: 'spend', window: 'day', max: 20, increment_from: 'cost', scope: 'all' },
      'at most 20 per day for everyone together, counted in cost',
    ],
    [{ counter: 'a', window: 'hour', max: 5 }, 'at most 5 per hour for each client'],
    [
      { counter: 'a', window: 'day', max: 5, scope: 'all', increment_from: 'cost', when_reached: 'ask' },
      'at most 5 per day for everyone together, counted in cost, then you are asked',
    ],
    [{ counter: 'a', window: 90, max: 5, scope: 'session' }, 'at most 5 in 1 min 30 s in each session'],
    [
      { counter: 'a', window: 'day', max: 5, increment: 2 },
      'at most 5 per day for each client, each call counting 2',
    ],
    [
      { counter: 'a', window: 'month', max: 5000, increment_from: 'args.seconds' },
      'at most 5,000 per month for each client, counted by seconds',
    ],
  ])('%j', (given, words) => {
    expect(describeLimit(given)).toBe(words);
  });

  it('exists for every valid limit', () => {
    fc.assert(
      fc.property(limit, (given) => {
        expect(describeLimit(given as Json)).toMatch(/^at most /);
      }),
    );
  });

  it('exists for both short forms', () => {
    expect(describeRate('10/minute')).toBe('at most 10 per minute in each session');
    expect(describeRate({ max: 10, window: 60 })).toBe('at most 10 per minute in each session');
    expect(describeRate('often')).toBeUndefined();
  });
});

it('a rule in words names each part, and counts what only the JSON shows', () => {
  expect(
    ruleWords({
      deny_if: [
        { path: 'args.callback_url', op: 'exists', value: true },
        { path: 'args.x', op: 'resembles' },
      ],
      require: [{ path: 'args.prompt', op: 'length_lte', value: 500 }],
      limits: [{ counter: 'a', window: 'day', max: 20 }],
      rate_limit: '10/minute',
      require_approval: { when: [{ path: 'args.prompt', op: 'contains', value: 'boat' }] },
      validate_arguments: false,
    }),
  ).toEqual([
    'denied if callback_url is present',
    'only if prompt has a length of at most 500',
    'at most 20 per day for each client',
    'at most 10 per minute in each session',
    'asks if prompt contains boat',
    'arguments are not checked against the schema',
    'one part only the JSON shows',
  ]);
  expect(ruleWords({ require_approval: { timeout: '5m' } })).toEqual(['asks every time, waits 5 min']);
  expect(ruleWords(undefined)).toEqual([]);
});
