import { describe, expect, it, test } from 'vitest';
import { evaluate, parsePolicy, policyJsonSchema, presets } from '../../../shared/policy/index.ts';
import { errorsOf, fixture, json } from './support.ts';

const minimal = { version: '1', default: 'deny', tools: {} };
const withTool = (rule: unknown) => ({ ...minimal, tools: { t: rule } });
const predicate = (more: object) => withTool({ require: [{ path: 'args.x', op: 'eq', value: 1, ...more }] });
const limit = (more: object) => withTool({ limits: [{ counter: 'c', window: 'minute', max: 1, ...more }] });

test('a number that no sum holds is no error, and counts as the most that one does', () => {
  const limits = [{ counter: 'c', window: 'day', max: Number.MAX_VALUE, increment_from: 'cost' }];
  const costs = { a: 1e305, b: { cost_from: 'x', reserve: 1e308 } };
  const parsed = parsePolicy({
    version: '1',
    default: 'deny',
    costs,
    tools: { a: { limits }, b: { limits } },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const call = { tool: 'b', arguments: {}, inputSchema: { type: 'object' }, guard: 'policy' };
  const judged = evaluate(parsed.policy, call as never);
  expect(judged).toMatchObject({
    limits: [{ max: 1e290, amount: 1e300 }],
    costFrom: { reserve: 1e300 },
  });
});

describe('PolicyLayer documents', () => {
  it.each([
    'policylayer-deny-with-reason.json',
    'policylayer-luma-generate-video-from-image.json',
    'policylayer-rate-limit.json',
    'policylayer-shape.json',
  ])('%s loads unchanged', (name) => {
    const document = json(fixture(`policies/${name}`));
    const parsed = parsePolicy(document);
    expect(parsed.ok && parsed.policy.document).toEqual(document);
  });
});

describe('what is valid', () => {
  it.each<[string, unknown]>([
    ['the least', minimal],
    ['a tool named like an inherited member', { ...minimal, tools: { constructor: {}, toString: {} } }],
    ['a tool name with slashes and dots', { ...minimal, tools: { 'a/b.c~d': {} }, hide: ['a/b.c~d', '*'] }],
    ['rates as text', withTool({ rate_limit: '10/minute' })],
    ['the longest window', limit({ window: 31_622_400 })],
    ['the shortest window', limit({ window: 1 })],
    ['timeouts at their bounds', withTool({ require_approval: { timeout: '10s' } })],
    ['a timeout of a day', withTool({ require_approval: { timeout: '24h' } })],
    ['the whole of the arguments', predicate({ path: 'args', op: 'exists', value: true })],
    ['each element of a list', predicate({ path: 'args.items.*.url' })],
    ['a name with a blank in it', predicate({ path: 'args.first name' })],
    ['a host that need not be given', predicate({ op: 'host_in', value: ['a.b'], absent: true })],
    ['any JSON as value', predicate({ value: { a: [null, 1.5, { b: 'c' }] } })],
    ['null as value', predicate({ value: null })],
    [
      'hosts of every kind',
      predicate({ op: 'host_in', value: ['a.b', '*.a.b', '[::1]', '127.0.0.1', 'localhost', 'bücher.de'] }),
    ],
    ['costs of nothing', { ...minimal, costs: { t: 0 } }],
    [
      'all of all_tools',
      {
        ...minimal,
        all_tools: {
          deny_if: [],
          require: [],
          limits: [],
          rate_limit: '1/day',
          require_approval: true,
          validate_arguments: false,
        },
      },
    ],
  ])('%s', (_, document) => {
    expect(errorsOf(document)).toEqual({});
  });
});

describe('what is wrong is pointed at, with a remedy', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['no object', 'policy', '', /JSON object/],
    ['a list', [], '', /JSON object/],
    ['nothing', undefined, '', /JSON/],
    ['no version', { default: 'deny', tools: {} }, '/version', /"version": "1"/],
    ['a version as number', { ...minimal, version: 1 }, '/version', /"version": "1"/],
    ['another default', { ...minimal, default: 'ask' }, '/default', /"require_approval"/],
    ['no default', { version: '1', tools: {} }, '/default', /"deny"/],
    ['no tools', { version: '1', default: 'deny' }, '/tools', /tool names and rules/],
    ['tools as a list', { ...minimal, tools: [] }, '/tools', /tool names and rules/],
    ['a description that is no text', { ...minimal, description: 5 }, '/description', /text/],
    ['a rule that is no object', withTool(null), '/tools/t', /\{\} allows/],
    ['a rule that is a word', withTool('allow'), '/tools/t', /\{\} allows/],
    ['a pattern as tool', { ...minimal, tools: { 'luma_*': {} } }, '/tools/luma_*', /in full/],
    ['a star as tool', { ...minimal, tools: { '*': {} } }, '/tools/*', /"all_tools"/],
    ['an empty tool name', { ...minimal, tools: { '': {} } }, '/tools/', /empty/],
    ['a pattern in hide', { ...minimal, hide: ['delete_*'] }, '/hide/0', /in full/],
    ['hide as text', { ...minimal, hide: '*' }, '/hide', /list/],
    ['a negative cost', { ...minimal, costs: { t: -1 } }, '/costs/t', /at least 0/],
    ['a cost as text', { ...minimal, costs: { t: '1' } }, '/costs/t', /number/],
    ['a pattern in costs', { ...minimal, costs: { '*': 1 } }, '/costs/*', /in full/],
    [
      'an action in all_tools',
      { ...minimal, all_tools: { action: 'deny' } },
      '/all_tools/action',
      /"default"/,
    ],
    ['an unknown action', withTool({ action: 'block' }), '/tools/t/action', /"deny"/],
    ['a reason that is no text', withTool({ reason: [] }), '/tools/t/reason', /text/],
    ['deny_if as an object', withTool({ deny_if: {} }), '/tools/t/deny_if', /list/],
    [
      'validate_arguments as text',
      withTool({ validate_arguments: 'no' }),
      '/tools/t/validate_arguments',
      /true or false/,
    ],
    ['a predicate that is no object', withTool({ require: ['x'] }), '/tools/t/require/0', /"path"/],
    ['an unknown operator', predicate({ op: 'equals' }), '/tools/t/require/0/op', /host_not_in/],
    [
      'no operator',
      withTool({ require: [{ path: 'args.x', value: 1 }] }),
      '/tools/t/require/0/op',
      /one of eq/,
    ],
    ['no value', withTool({ require: [{ path: 'args.x', op: 'eq' }] }), '/tools/t/require/0/value', /value/],
    ['no path', withTool({ require: [{ op: 'eq', value: 1 }] }), '/tools/t/require/0/path', /args\.prompt/],
    ['a path elsewhere', predicate({ path: 'state.x' }), '/tools/t/require/0/path', /args/],
    ['a path with a gap', predicate({ path: 'args..x' }), '/tools/t/require/0/path', /dots/],
    ['a path that ends in a dot', predicate({ path: 'args.' }), '/tools/t/require/0/path', /dots/],
    [
      'a star among letters',
      predicate({ path: 'args.ite*.x' }),
      '/tools/t/require/0/path',
      /args\.items\.\*/,
    ],
    ['a double star', predicate({ path: 'args.a.**.b' }), '/tools/t/require/0/path', /alone between dots/],
    ['a star for the arguments', predicate({ path: 'args.*.x' }), '/tools/t/require/0/path', /no list/],
    ['an index in brackets', predicate({ path: 'args.a[0].b' }), '/tools/t/require/0/path', /args\.items\.0/],
    ['a star in brackets', predicate({ path: 'args.a[*].b' }), '/tools/t/require/0/path', /args\.items\.\*/],
    ['a blank after a name', predicate({ path: 'args.x ' }), '/tools/t/require/0/path', /blanks/],
    ['a blank before a name', predicate({ path: 'args. x' }), '/tools/t/require/0/path', /blanks/],
    ['what cannot be seen', predicate({ path: 'args.x\u200b' }), '/tools/t/require/0/path', /seen/],
    ['absent with eq', predicate({ absent: true }), '/tools/t/require/0/absent', /"host_in"/],
    [
      'absent that is false',
      predicate({ op: 'host_in', value: ['a.b'], absent: false }),
      '/tools/t/require/0/absent',
      /left out/,
    ],
    [
      'absent under deny_if',
      withTool({ deny_if: [{ path: 'args.x', op: 'host_in', value: ['a.b'], absent: true }] }),
      '/tools/t/deny_if/0/absent',
      /"require" alone/,
    ],
    [
      'absent under when',
      withTool({
        require_approval: { when: [{ path: 'args.x', op: 'host_in', value: ['a.b'], absent: true }] },
      }),
      '/tools/t/require_approval/when/0/absent',
      /"require" alone/,
    ],
    [
      'an increment from many',
      limit({ increment_from: 'args.items.*.n' }),
      '/tools/t/limits/0/increment_from',
      /one number/,
    ],
    ['in without a list', predicate({ op: 'in', value: 'a' }), '/tools/t/require/0/value', /list/],
    ['gt with a text', predicate({ op: 'gt', value: '5' }), '/tools/t/require/0/value', /number/],
    [
      'length_lte with a text',
      predicate({ op: 'length_lte', value: '5' }),
      '/tools/t/require/0/value',
      /number/,
    ],
    ['starts_with a number', predicate({ op: 'starts_with', value: 5 }), '/tools/t/require/0/value', /text/],
    ['exists with a text', predicate({ op: 'exists', value: 'true' }), '/tools/t/require/0/value', /true/],
    ['a broken pattern', predicate({ op: 'regex', value: '(' }), '/tools/t/require/0/value', /RE2/],
    ['look-ahead', predicate({ op: 'regex', value: '(?=a)' }), '/tools/t/require/0/value', /Look-around/],
    ['a back reference', predicate({ op: 'regex', value: '(a)\\1' }), '/tools/t/require/0/value', /back ref/],
    [
      'a URL as host',
      predicate({ op: 'host_in', value: ['https://a.b/c'] }),
      '/tools/t/require/0/value/0',
      /host alone/,
    ],
    [
      'a host with a port',
      predicate({ op: 'host_in', value: ['a.b', 'a.b:80'] }),
      '/tools/t/require/0/value/1',
      /port/,
    ],
    [
      'a host with a path',
      predicate({ op: 'host_in', value: ['a.b/c'] }),
      '/tools/t/require/0/value/0',
      /path/,
    ],
    [
      'a host with user info',
      predicate({ op: 'host_in', value: ['u@a.b'] }),
      '/tools/t/require/0/value/0',
      /not a host/,
    ],
    [
      'a star as host',
      predicate({ op: 'host_in', value: ['*'] }),
      '/tools/t/require/0/value/0',
      /\*\.example/,
    ],
    [
      'a star inside a host',
      predicate({ op: 'host_in', value: ['a.*.b'] }),
      '/tools/t/require/0/value/0',
      /\*\.example/,
    ],
    [
      'a bare IPv6 address',
      predicate({ op: 'host_in', value: ['::1'] }),
      '/tools/t/require/0/value/0',
      /\[::1\]/,
    ],
    [
      'subdomains of an address',
      predicate({ op: 'host_in', value: ['*.0.0.1'] }),
      '/tools/t/require/0/value/0',
      /no subdomains/,
    ],
    [
      'an empty host',
      predicate({ op: 'host_not_in', value: [''] }),
      '/tools/t/require/0/value/0',
      /not a host/,
    ],
    [
      'a limit without max',
      withTool({ limits: [{ counter: 'c', window: 'day' }] }),
      '/tools/t/limits/0/max',
      /greater than 0/,
    ],
    ['a max of 0', limit({ max: 0 }), '/tools/t/limits/0/max', /greater than 0/],
    ['an empty counter', limit({ counter: '' }), '/tools/t/limits/0/counter', /empty/],
    ['an unknown window', limit({ window: 'week' }), '/tools/t/limits/0/window', /"month"/],
    ['a window of nothing', limit({ window: 0.5 }), '/tools/t/limits/0/window', /seconds from 1/],
    ['a window past 366 days', limit({ window: 31_622_401 }), '/tools/t/limits/0/window', /366 days/],
    ['an unknown scope', limit({ scope: 'client' }), '/tools/t/limits/0/scope', /"grant"/],
    ['an increment of 0', limit({ increment: 0 }), '/tools/t/limits/0/increment', /greater than 0/],
    [
      'an increment from nowhere',
      limit({ increment_from: 'price' }),
      '/tools/t/limits/0/increment_from',
      /"cost"/,
    ],
    [
      'an increment from all',
      limit({ increment_from: 'args' }),
      '/tools/t/limits/0/increment_from',
      /args\.amount/,
    ],
    ['two increments', limit({ increment: 2, increment_from: 'cost' }), '/tools/t/limits/0', /leave one/],
    [
      'a rate that is no rate',
      withTool({ rate_limit: '10 per minute' }),
      '/tools/t/rate_limit',
      /10\/minute/,
    ],
    ['a rate of 0', withTool({ rate_limit: '0/minute' }), '/tools/t/rate_limit', /10\/minute/],
    ['a rate as number', withTool({ rate_limit: 10 }), '/tools/t/rate_limit', /10\/minute/],
    [
      'a rate with a word as window',
      withTool({ rate_limit: { max: 1, window: 'day' } }),
      '/tools/t/rate_limit/window',
      /seconds/,
    ],
    [
      'an approval refused',
      withTool({ require_approval: false }),
      '/tools/t/require_approval',
      /leave it out/,
    ],
    [
      'a when of nothing',
      withTool({ require_approval: { when: [] } }),
      '/tools/t/require_approval/when',
      /never ask/,
    ],
    [
      'a predicate wrong in when',
      withTool({ require_approval: { when: [{ path: 'x', op: 'eq', value: 1 }] } }),
      '/tools/t/require_approval/when/0/path',
      /args/,
    ],
    [
      'a timeout without unit',
      withTool({ require_approval: { timeout: '300' } }),
      '/tools/t/require_approval/timeout',
      /"5m"/,
    ],
    [
      'a timeout too short',
      withTool({ require_approval: { timeout: '9s' } }),
      '/tools/t/require_approval/timeout',
      /10s/,
    ],
    [
      'a timeout too long',
      withTool({ require_approval: { timeout: '25h' } }),
      '/tools/t/require_approval/timeout',
      /24h/,
    ],
    [
      'a number that does not fit',
      predicate({ value: Number.POSITIVE_INFINITY }),
      '/tools/t/require/0/value',
      /smaller/,
    ],
    ['half a surrogate pair', predicate({ value: '\ud800' }), '/tools/t/require/0/value', /surrogate/],
    [
      'half a pair in a name',
      predicate({ value: { '\udc00': 1 } }),
      '/tools/t/require/0/value/\udc00',
      /surrogate/,
    ],
    [
      'a tool of the prototype',
      json('{"version":"1","default":"deny","tools":{"__proto__":{}}}'),
      '/tools/__proto__',
      /remove/,
    ],
    [
      'the document’s prototype',
      json('{"version":"1","default":"deny","tools":{},"__proto__":{"default":"allow"}}'),
      '/__proto__',
      /remove/,
    ],
    [
      'a cost of the prototype',
      json('{"version":"1","default":"deny","tools":{},"costs":{"__proto__":1}}'),
      '/costs/__proto__',
      /remove/,
    ],
  ])('%s', (_, document, pointer, remedy) => {
    const errors = errorsOf(document);
    expect(Object.keys(errors)).toEqual([pointer]);
    expect(errors[pointer]).toMatch(remedy);
  });

  it.each<[unknown, string, string]>([
    [{ ...minimal, tool: {} }, '/tool', 'tools'],
    [{ ...minimal, alltools: {} }, '/alltools', 'all_tools'],
    [{ ...minimal, cost: {} }, '/cost', 'costs'],
    [withTool({ denyIf: [] }), '/tools/t/denyIf', 'deny_if'],
    [withTool({ requires: [] }), '/tools/t/requires', 'require'],
    [withTool({ 'require-approval': true }), '/tools/t/require-approval', 'require_approval'],
    [{ ...minimal, all_tools: { limit: [] } }, '/all_tools/limit', 'limits'],
    [predicate({ values: 1 }), '/tools/t/require/0/values', 'value'],
    [predicate({ ondeny: 'x' }), '/tools/t/require/0/ondeny', 'on_deny'],
    [limit({ scop: 'all' }), '/tools/t/limits/0/scop', 'scope'],
    [withTool({ rate_limit: { max: 1, window: 1, maximum: 2 } }), '/tools/t/rate_limit/maximum', 'max'],
    [withTool({ require_approval: { time_out: '5m' } }), '/tools/t/require_approval/time_out', 'timeout'],
  ])('an unknown key is never passed over: %j', (document, pointer, meant) => {
    const errors = errorsOf(document);
    if (meant === 'max') expect(errors[pointer]).toContain('max');
    else expect(errors).toEqual({ [pointer]: expect.stringContaining(`did you mean "${meant}"?`) });
  });

  it('lists the known keys when none is near', () => {
    expect(errorsOf({ ...minimal, budget: 5 })['/budget']).toContain(
      'Known: version, description, server, default',
    );
  });

  it('escapes pointers', () => {
    expect(Object.keys(errorsOf({ ...minimal, tools: { 'a/b~c': 5 } }))).toEqual(['/tools/a~1b~0c']);
  });

  it('reports everything at once', () => {
    const document = {
      version: 2,
      default: 'maybe',
      extra: true,
      tools: {
        a: { limits: [{ counter: 'c', window: 'week', max: -1 }] },
        b: { require: [{ path: 'x', op: 'regex', value: '(' }], rate_limit: {} },
      },
    };
    expect(Object.keys(errorsOf(document)).sort()).toEqual([
      '/default',
      '/extra',
      '/tools/a/limits/0/max',
      '/tools/a/limits/0/window',
      '/tools/b/rate_limit/max',
      '/tools/b/rate_limit/window',
      '/tools/b/require/0/path',
      '/tools/b/require/0/value',
      '/version',
    ]);
  });

  it('refuses what is nested without end, what is no JSON and what throws when read', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(Object.values(errorsOf(predicate({ value: cycle })))).toEqual([
      expect.stringContaining('nesting'),
    ]);
    expect(errorsOf(predicate({ value: () => 1 }))).toHaveProperty('/tools/t/require/0/value');
    const hostile = {
      ...minimal,
      get tools(): never {
        throw new Error('no');
      },
    };
    expect(errorsOf(hostile)).toHaveProperty('');
  });
});

describe('limits that share a counter', () => {
  const calls = { counter: 'calls', window: 'day', max: 20 };
  const cost = { ...calls, max: 5, increment_from: 'cost' };
  const tools = (a: object[], b: object[] = []) => ({
    ...minimal,
    tools: { a: { limits: a }, b: { limits: b } },
  });

  it('count the same: calls and costs are not added', () => {
    expect(errorsOf(tools([calls], [cost]))).toEqual({
      '/tools/b/limits/0/counter':
        'The counter "calls" counts calls at /tools/a/limits/0 and costs here, and cannot add the two. Give this limit a counter of its own.',
    });
    expect(errorsOf({ ...tools([calls]), all_tools: { limits: [cost] } })).toHaveProperty([
      '/tools/a/limits/0/counter',
    ]);
    expect(errorsOf(tools([cost, { ...cost, increment_from: 'args.n' }]))).toHaveProperty([
      '/tools/a/limits/1/counter',
    ]);
    // Everyone's and each client's are two counters; so are two names.
    for (const other of [{ scope: 'all' }, { counter: 'spend' }])
      expect(errorsOf(tools([calls, { ...cost, ...other }]))).toEqual({});
    // Calls may weigh differently.
    expect(errorsOf(tools([calls], [{ ...calls, increment: 5 }]))).toEqual({});
  });

  it.each([
    ['the same window', { window: 'day', max: 10 }],
    ['the same in seconds', { window: 86_400, max: 10 }],
    ['a shorter window that allows as much', { window: 'hour', max: 20 }],
    ['a longer window that allows less', { window: 'month', max: 10 }],
  ])('decide each: not with %s in one rule', (_name, other) => {
    const found = errorsOf(tools([calls, { ...calls, ...other }]));
    expect(found).toEqual({
      '/tools/a/limits/1/counter': expect.stringContaining('one of them never decides'),
    });
    // Another tool may have less of it.
    expect(errorsOf(tools([calls], [{ ...calls, ...other }]))).toEqual({});
  });

  it('may have two windows', () => {
    expect(errorsOf(tools([calls, { ...calls, window: 'hour', max: 5 }]))).toEqual({});
  });

  it('stay in force where they are already', () => {
    expect(parsePolicy(tools([calls, cost]), { accepted: true }).ok).toBe(true);
    expect(parsePolicy({ ...tools([calls]), version: '2' }, { accepted: true }).ok).toBe(false);
  });
});

describe('the JSON Schema of the document', () => {
  it('describes every field, and refuses others', () => {
    const schema = policyJsonSchema() as { properties: object; additionalProperties: boolean };
    expect(Object.keys(schema.properties)).toEqual([
      'version',
      'description',
      'server',
      'default',
      'hide',
      'costs',
      'all_tools',
      'categories',
      'tools',
    ]);
    expect(schema.additionalProperties).toBe(false);
  });

  it('is JSON, and fits the presets', async () => {
    const { Validator } = await import('@cfworker/json-schema');
    const validator = new Validator(JSON.parse(JSON.stringify(policyJsonSchema())), '2020-12');
    for (const { document } of presets) expect(validator.validate(document).errors).toEqual([]);
    expect(validator.validate({ ...minimal, tools: { t: { actoin: 'deny' } } }).valid).toBe(false);
  });
});

describe('what servers of other kinds need', () => {
  const document = (more: object) => ({ version: '1', default: 'deny', tools: {}, ...more });

  it.each([
    [{ categories: { wirte: {} } }, '/categories/wirte', 'did you mean "write"'],
    [{ categories: { write: { acton: 'deny' } } }, '/categories/write/acton', 'did you mean "action"'],
    [{ costs: { t: { cost_from: 'a.*' } } }, '/costs/t/cost_from', 'usage.total_usd'],
    [{ costs: { t: { cost_from: '' } } }, '/costs/t/cost_from', 'usage.total_usd'],
    [{ costs: { t: { cost_from: 'a', reserve: -1 } } }, '/costs/t/reserve', 'at least 0'],
    [{ costs: { t: { cost_form: 'a' } } }, '/costs/t/cost_form', 'did you mean "cost_from"'],
    [{ costs: { t: 'a' } }, '/costs/t', 'cost_from'],
    [{ server: 'No Slug' }, '/server', 'small letters'],
  ])('%j is refused', (more, at, words) => {
    expect(errorsOf(document(more))[at]).toContain(words);
  });

  it('one counter over all servers counts one thing', () => {
    const limit = { counter: 'c', window: 'day', max: 5, scope: 'everywhere' };
    const rule = { limits: [{ ...limit, increment_from: 'cost' }] };
    const found = errorsOf(document({ all_tools: { limits: [limit] }, categories: { spend: rule } }));
    expect(found['/categories/spend/limits/0/counter']).toContain('cannot add the two');
  });
});
