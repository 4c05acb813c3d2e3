import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { policyJson } from '../../support/arbitraries.ts';
import { argumentPredicate } from './arbitraries.ts';
import { decision, json, judge, withRule } from './support.ts';

/** How a predicate, on `args.x` unless said, is judged: under `require`, `deny_if` and `when`. */
function judged(op: string, value: Json, args: string, path = 'args.x'): string {
  const predicate = { path, op, value };
  const verdicts = [
    judge(withRule({ require: [predicate] }), json(args)),
    judge(withRule({ deny_if: [predicate] }), json(args)),
    judge(withRule({ require_approval: { when: [predicate] } }), json(args)),
  ];
  return verdicts.map((verdict) => verdict.outcome).join(' ');
}

const holds = 'allow deny ask';
const fails = 'deny allow allow';
const inapplicable = 'deny deny ask';

describe('operators', () => {
  it.each<[string, Json, string, string]>([
    ['eq', 1, '1', holds],
    ['eq', 1, '1.0', holds],
    ['eq', 0, '-0', holds],
    ['eq', 1, '"1"', fails],
    ['eq', 1, 'true', fails],
    ['eq', null, 'null', holds],
    ['eq', { a: [1, { b: null }], c: 2 }, '{"c":2,"a":[1,{"b":null}]}', holds],
    ['eq', { a: 1 }, '{"a":1,"b":2}', fails],
    ['eq', { a: 1, b: 2 }, '{"a":1}', fails],
    ['eq', {}, '[]', fails],
    ['eq', {}, '{"__proto__":{}}', fails],
    ['eq', { a: 1 }, '{"__proto__":{"a":1}}', fails],
    ['eq', [1, 2], '[2,1]', fails],
    ['neq', 1, '2', holds],
    ['neq', 1, '1', fails],
    ['neq', 'a', '["a"]', holds],
    ['in', ['a', null, [1]], '"a"', holds],
    ['in', ['a', null, [1]], 'null', holds],
    ['in', ['a', null, [1]], '[1]', holds],
    ['in', ['a'], '"b"', fails],
    ['in', [], '"b"', fails],
    ['not_in', ['a'], '"b"', holds],
    ['not_in', ['a'], '"a"', fails],
    ['lt', 5, '4.9', holds],
    ['lt', 5, '5', fails],
    ['lt', 5, '"4"', inapplicable],
    ['lt', 5, 'null', inapplicable],
    ['lte', 5, '5', holds],
    ['lte', 5, '5.1', fails],
    ['lte', 5, '[1]', inapplicable],
    ['gt', 5, '5.1', holds],
    ['gt', 5, '5', fails],
    ['gt', 5, '"much"', inapplicable],
    ['gt', 5, 'true', inapplicable],
    ['gte', 5, '5', holds],
    ['gte', 5, '4', fails],
    ['gte', 5, '{}', inapplicable],
    ['contains', 'cat', '"a cat sat"', holds],
    ['contains', 'cat', '"a dog"', fails],
    ['contains', 'cat', '["dog","cat"]', holds],
    ['contains', 'cat', '["concat"]', fails],
    ['contains', 5, '[5]', holds],
    ['contains', 5, '"15"', inapplicable],
    ['contains', 'cat', '{"cat":1}', inapplicable],
    ['contains', 'cat', '7', inapplicable],
    ['starts_with', 'ab', '"abc"', holds],
    ['starts_with', 'ab', '"cab"', fails],
    ['starts_with', 'ab', '["ab"]', inapplicable],
    ['ends_with', 'bc', '"abc"', holds],
    ['ends_with', 'bc', '"bca"', fails],
    ['ends_with', 'bc', 'null', inapplicable],
    ['regex', '^a+$', '"aaa"', holds],
    ['regex', '^a+$', '"aab"', fails],
    ['regex', 'b', '"abc"', holds],
    ['regex', '^.$', '"😀"', holds],
    ['regex', '1', '1', inapplicable],
    ['length_lte', 2, '"😀😀"', holds],
    ['length_lte', 2, '"abc"', fails],
    ['length_lte', 2, '[1,2]', holds],
    ['length_lte', 2, '{}', inapplicable],
    ['length_gte', 2, '"😀"', fails],
    ['length_gte', 2, '[1,2,3]', holds],
    ['length_gte', 2, '12345', inapplicable],
    ['exists', true, 'null', holds],
    ['exists', true, '""', holds],
    ['exists', false, 'null', fails],
  ])('%s %j of %s', (op, value, x, expected) => {
    expect(judged(op, value, `{"x":${x}}`)).toBe(expected);
  });

  it.each<[string, Json]>([
    ['eq', 1],
    ['neq', 1],
    ['in', [1]],
    ['not_in', [1]],
    ['lt', 1],
    ['gte', 1],
    ['contains', 'a'],
    ['starts_with', 'a'],
    ['regex', '.*'],
    ['length_lte', 9],
    ['host_in', ['a.b']],
    ['host_not_in', ['a.b']],
    ['exists', true],
  ])('%s: an absent value fails what is required and denies nothing', (op, value) => {
    expect(judged(op, value, '{}')).toBe(fails);
  });

  it('exists false holds for an absent value, under require and deny_if alike', () => {
    expect(judged('exists', false, '{}')).toBe(holds);
  });

  it('answers a catastrophic pattern on a long text', () => {
    expect(judged('regex', '(a+)+$', JSON.stringify({ x: `${'a'.repeat(100_000)}!` }))).toBe(fails);
    expect(judged('regex', '(x+x+)+y', JSON.stringify({ x: 'x'.repeat(100_000) }))).toBe(fails);
  });

  it.each([
    ['eq', 'neq'],
    ['in', 'not_in'],
  ])('%s and %s: exactly one holds of any value', (op, dual) => {
    fc.assert(
      fc.property(policyJson(), fc.jsonValue(), (value, x) => {
        const given = (op === 'eq' ? value : [value]) as Json;
        const args = JSON.stringify({ x });
        expect([judged(op, given, args), judged(dual, given, args)].sort()).toEqual([holds, fails].sort());
      }),
    );
  });

  it.each([
    ['lt', 'gte'],
    ['gt', 'lte'],
  ])('%s and %s: exactly one holds of any number, and neither applies to anything else', (op, dual) => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, fc.oneof(finite, fc.jsonValue()), (value, x) => {
        const both = [judged(op, value, JSON.stringify({ x })), judged(dual, value, JSON.stringify({ x }))];
        expect(both.sort()).toEqual(
          typeof x === 'number' ? [holds, fails].sort() : [inapplicable, inapplicable],
        );
      }),
    );
  });
});

describe('hosts', () => {
  const both = (hosts: string[], url: string) => {
    const args = JSON.stringify({ x: url });
    return [judged('host_in', hosts, args), judged('host_not_in', hosts, args)];
  };

  it.each([
    [['cdn.example.com'], 'https://cdn.example.com/a.png'],
    [['cdn.example.com'], 'http://CDN.Example.COM:8080/a?b#c'],
    [['CDN.Example.com.'], 'https://cdn.example.com/'],
    [['cdn.example.com'], 'https://cdn.example.com./'],
    [['*.example.com'], 'https://a.b.example.com/'],
    [['bücher.de'], 'https://xn--bcher-kva.de/'],
    [['xn--bcher-kva.de'], 'https://BÜCHER.de/'],
    [['127.0.0.1'], 'http://0x7f.1/'],
    [['[::1]'], 'http://[0:0:0:0:0:0:0:1]:80/'],
    [['other.com', 'cdn.example.com'], 'https://cdn.example.com/@x'],
  ])('%j covers %s', (hosts, url) => {
    expect(both(hosts, url)).toEqual([holds, fails]);
  });

  it.each([
    [['example.com'], 'https://cdn.example.com/'],
    [['*.example.com'], 'https://example.com/'],
    [['*.example.com'], 'https://notexample.com/'],
    [['*.example.com'], 'https://.example.com/'],
    [['*.example.com'], 'https://example.com.evil.org/'],
    [['cdn.example.com'], 'https://evil.org/https://cdn.example.com/'],
    [['cdn.example.com'], 'https://evil.org#cdn.example.com'],
    [['127.0.0.1'], 'http://127.0.0.2/'],
    [[], 'https://example.com/'],
  ])('%j does not cover %s', (hosts, url) => {
    expect(both(hosts, url)).toEqual([fails, holds]);
  });

  it.each([
    'https://cdn.example.com@evil.org/',
    'https://user:secret@cdn.example.com/',
    'https://@cdn.example.com/',
    'ftp://cdn.example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,cdn.example.com',
    '//cdn.example.com/',
    'https:cdn.example.com/',
    'https:/cdn.example.com/',
    'https:///cdn.example.com/',
    'https:////cdn.example.com/',
    'https://cdn%2Eexample.com/',
    'https://cdn.exam\u00ADple.com/',
    'https://cdn.example\u200B.com/',
    'cdn.example.com',
    'https://',
    'http://[::1/',
    'https://cdn.example.com:99999/',
    '',
    'wss://cdn.example.com/',
    'https://cdn.example.com\\@evil.org/',
    'https:\\\\cdn.example.com/',
    ' https://cdn.example.com/',
    'https://cdn.exam\tple.com/',
    'https://cdn.example.com/\n',
  ])('%j is no plain http(s) URL: denied under require and deny_if alike, asked for under when', (url) => {
    expect(both(['cdn.example.com', '*.example.com'], url)).toEqual([inapplicable, inapplicable]);
  });

  it('the agent is told what to give instead', () => {
    const policy = withRule({ deny_if: [{ path: 'args.x', op: 'host_in', value: ['evil.org'] }] });
    expect(judge(policy, { x: 'https://a@evil.org/' })).toMatchObject({
      message:
        'The policy cannot judge the argument "x": it must be a plain http(s) URL, without user name or password. Correct it, or leave it out, and call again.',
    });
  });

  it.each([
    ['{}', 'allow'],
    ['{"x":"https://cdn.example.com/"}', 'allow'],
    ['{"x":"https://evil.org/"}', 'deny'],
    ['{"x":"https://a@cdn.example.com/"}', 'deny'],
    ['{"x":null}', 'deny'],
    ['{"x":""}', 'deny'],
  ])('"absent": true under require: no value, or this host: %s', (args, outcome) => {
    const required = { path: 'args.x', op: 'host_in', value: ['cdn.example.com'], absent: true };
    expect(judge(withRule({ require: [required] }), json(args)).outcome).toBe(outcome);
    const excluded = { ...required, op: 'host_not_in', value: ['evil.org'] };
    expect(judge(withRule({ require: [excluded] }), json(args)).outcome).toBe(outcome);
  });

  it.each([null, 5, ['https://cdn.example.com/'], { href: 'https://cdn.example.com/' }])(
    'a value that is no text (%j) is not a URL: neither predicate applies',
    (x) => {
      const args = JSON.stringify({ x });
      expect(judged('host_in', ['cdn.example.com'], args)).toBe(inapplicable);
      expect(judged('host_not_in', ['cdn.example.com'], args)).toBe(inapplicable);
    },
  );

  it('of any text, at most one of the two holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' })), (url) => {
        if (!url.isWellFormed()) return;
        expect([
          [holds, fails],
          [fails, holds],
          [inapplicable, inapplicable],
        ]).toContainEqual(both(['example.com'], url));
      }),
    );
  });
});

describe('paths', () => {
  const present = (path: string, args: string) =>
    judge(withRule({ require: [{ path, op: 'exists', value: true }] }), json(args)).outcome === 'allow';

  it.each([
    ['args', '{}'],
    ['args.a', '{"a":null}'],
    ['args.a.b.c', '{"a":{"b":{"c":0}}}'],
    ['args.list.1', '{"list":[0,1]}'],
    ['args.map.1', '{"map":{"1":true}}'],
    ['args.__proto__', '{"__proto__":1}'],
    ['args.constructor', '{"constructor":1}'],
  ])('%s is in %s', (path, args) => {
    expect(present(path, args)).toBe(true);
  });

  it.each([
    ['args.constructor', '{}'],
    ['args.__proto__', '{}'],
    ['args.toString.name', '{}'],
    ['args.list.length', '{"list":[1]}'],
    ['args.list.01', '{"list":[0,1]}'],
    ['args.list.-1', '{"list":[0,1]}'],
    ['args.list.2', '{"list":[0,1]}'],
    ['args.list.map', '{"list":[0,1]}'],
    ['args.text.length', '{"text":"abc"}'],
    ['args.text.0', '{"text":"abc"}'],
    ['args.a.b', '{"a":null}'],
  ])('%s is not in %s', (path, args) => {
    expect(present(path, args)).toBe(false);
  });

  const bothWays = 'allow deny ask';
  const onlyDenied = 'deny deny ask';
  const letBe = 'deny allow allow';
  it.each<[string, string, string, Json, string, string]>([
    ['every element holds', 'args.x.*', 'eq', 1, '{"x":[1,1]}', bothWays],
    ['one of them holds', 'args.x.*', 'eq', 1, '{"x":[2,1,2]}', onlyDenied],
    ['none holds', 'args.x.*', 'eq', 1, '{"x":[2,3]}', letBe],
    ['the operator does not apply to one', 'args.x.*', 'gt', 5, '{"x":[1,"6"]}', onlyDenied],
    ['of members: every one', 'args.x.*.url', 'host_in', ['a.b'], '{"x":[{"url":"http://a.b/"}]}', bothWays],
    [
      'of members: one',
      'args.x.*.url',
      'host_in',
      ['a.b'],
      '{"x":[{"url":"http://c.d/"},{"url":"http://a.b/"}]}',
      onlyDenied,
    ],
    [
      'of members: one is no plain URL',
      'args.x.*.url',
      'host_in',
      ['a.b'],
      '{"x":[{"url":"http://c.d/"},{"url":"//a.b"}]}',
      onlyDenied,
    ],
    ['an element without the member', 'args.x.*.n', 'eq', 1, '{"x":[{"n":1},{}]}', onlyDenied],
    ['no element has the member', 'args.x.*.n', 'eq', 1, '{"x":[{},{}]}', letBe],
    ['an element that can have no member', 'args.x.*.n', 'eq', 1, '{"x":[{"n":2},"1"]}', onlyDenied],
    ['an element that is null', 'args.x.*.n', 'eq', 1, '{"x":[null]}', onlyDenied],
    ['an element that is a list', 'args.x.*.n', 'eq', 1, '{"x":[[{"n":1}]]}', onlyDenied],
    ['a list without elements', 'args.x.*', 'eq', 1, '{"x":[]}', letBe],
    ['no list', 'args.x.*', 'eq', 1, '{}', letBe],
    ['an object instead of a list', 'args.x.*.n', 'eq', 1, '{"x":{"n":1}}', onlyDenied],
    ['an object with a member *', 'args.x.*', 'eq', 2, '{"x":{"*":1}}', onlyDenied],
    ['a text instead of a list', 'args.x.*', 'contains', 'a', '{"x":"b"}', onlyDenied],
    ['null instead of a list', 'args.x.*', 'neq', 1, '{"x":null}', onlyDenied],
    ['lists of lists', 'args.x.*.*', 'eq', 1, '{"x":[[2],[2,1]]}', onlyDenied],
    ['lists of lists, one without elements', 'args.x.*.*', 'eq', 1, '{"x":[[1],[]]}', onlyDenied],
    ['an index within each', 'args.x.*.0', 'eq', 1, '{"x":[[1,2],[1]]}', bothWays],
    ['an index after which each', 'args.x.1.*', 'eq', 1, '{"x":[2,[1]]}', bothWays],
    ['exists: every element has it', 'args.x.*.n', 'exists', true, '{"x":[{"n":null},{"n":1}]}', bothWays],
    ['exists: one has it', 'args.x.*.n', 'exists', true, '{"x":[{"n":1},{}]}', onlyDenied],
    ['exists: no elements', 'args.x.*.n', 'exists', true, '{"x":[]}', letBe],
    ['exists false: none has it', 'args.x.*.n', 'exists', false, '{"x":[{},{}]}', bothWays],
    ['exists false: one lacks it', 'args.x.*.n', 'exists', false, '{"x":[{"n":1},{}]}', onlyDenied],
    ['exists false: no elements', 'args.x.*.n', 'exists', false, '{"x":[]}', bothWays],
    ['exists: no list', 'args.x.*.n', 'exists', false, '{"x":"b"}', onlyDenied],
  ])('a star: %s', (_, path, op, value, args, expected) => {
    expect(judged(op, value, args, path)).toBe(expected);
  });

  it('a star over elements agrees with the same predicate on each of them', () => {
    fc.assert(
      fc.property(argumentPredicate, fc.array(fc.jsonValue(), { minLength: 1 }), (given, x) => {
        const { op, value } = given as { op: string; value: Json };
        const each = x.map((element) => judged(op, value, JSON.stringify({ x: element })).split(' '));
        const all = judged(op, value, JSON.stringify({ x }), 'args.x.*').split(' ');
        const strictest = (at: number, order: string[]) =>
          order.find((outcome) => each.some((outcomes) => outcomes[at] === outcome));
        expect(all).toEqual([
          strictest(0, ['deny', 'allow']),
          strictest(1, ['deny', 'allow']),
          strictest(2, ['ask', 'allow']),
        ]);
      }),
    );
  });

  it('a list with 100,000 elements is judged', () => {
    const x = Array.from({ length: 100_000 }, (_, n) => ({ url: `https://a.b/${n}` }));
    expect(judged('host_in', ['a.b'], JSON.stringify({ x }), 'args.x.*.url')).toBe(bothWays);
  });

  it('names the predicate that denied by its JSON Pointer, tool name escaped', () => {
    const policy = withRule(
      {},
      {
        default: 'allow',
        all_tools: { validate_arguments: false },
        tools: { 'a/b~c': { deny_if: [{ path: 'args', op: 'exists', value: true }] } },
      },
    );
    expect(decision(judge(policy, {}, { tool: 'a/b~c' }))).toBe('deny /tools/a~1b~0c/deny_if/0');
  });
});
